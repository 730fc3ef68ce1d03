/** How the picture is laid out: fitted or pixel for pixel, in the window or on the whole screen. */
export class ViewerLayout {
  isActualSize = $state(false);
  isFullScreen = $state(false);

  toggleActualSize(): void {
    this.isActualSize = !this.isActualSize;
  }

  /** The whole page: of a part of it, menus and dialogs would stay behind. */
  async toggleFullScreen(): Promise<void> {
    if (document.fullscreenElement !== null) return document.exitFullscreen();
    await document.documentElement.requestFullscreen({ navigationUI: 'hide' });
  }

  noteFullScreen(): void {
    this.isFullScreen = document.fullscreenElement !== null;
  }
}
