/** What a colour says. `danger` is for Stop and danger alone. */
export type Tone = 'neutral' | 'accent' | 'good' | 'attention' | 'danger';
