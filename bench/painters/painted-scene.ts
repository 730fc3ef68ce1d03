/** What a scene can be told; scenes that only react need neither. */
export interface PaintedScene {
  run?(): void;
  /** Stops moving and says when the last change was painted, milliseconds since the epoch. */
  pause?(): number;
  /** Ends processes that the scene has started. */
  close?(): Promise<void>;
  /** Scenes whose picture covers the corner have no strip there. */
  hasOwnCode?: boolean;
}
