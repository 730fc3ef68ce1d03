export type DeskDialog = 'palette' | 'invite' | 'hand-over' | 'team' | 'queues' | 'help';

/** What lies over the desk: one thing at a time. */
export class DeskDialogs {
  open = $state<DeskDialog | null>(null);
  isPriorityOpen = $state(false);

  show = (dialog: DeskDialog): void => {
    this.open = dialog;
  };
  close = (): void => {
    this.open = null;
  };
}
