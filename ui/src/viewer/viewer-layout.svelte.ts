/** How the picture is laid out: fitted or pixel for pixel, in the window or on the whole screen. */
export class ViewerLayout {
  isActualSize = $state(false);
  isFullScreen = $state(false);

  toggleActualSize(): void {
    this.isActualSize = !this.isActualSize;
  }

  async toggleFullScreen(element: HTMLElement | undefined): Promise<void> {
    if (document.fullscreenElement !== null) return document.exitFullscreen();
    await element?.requestFullscreen({ navigationUI: 'hide' });
  }

  noteFullScreen(): void {
    this.isFullScreen = document.fullscreenElement !== null;
  }
}
