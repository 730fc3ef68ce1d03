/**
 * Drawing rectangles on the picture of a screen: with the pointer by dragging, with the keyboard on the rectangles
 * themselves, and in fields with numbers. The drawing is as large as the screen and shown smaller, so that all its
 * coordinates are pixels of the screen.
 */
import type { Rect } from '../../platform/platform.ts';
import { el, svg } from './dom.ts';
import { button, heading, say, type DrawnStep, type StepContext } from './parts.ts';
import { between, clampTo, middleOf, moved, resized, stepOf, type Point } from './rectangle.moves.ts';
import type { AreaPool } from './scope.choice.ts';

interface Drag {
  kind: 'draw' | 'move' | 'resize';
  /** Which rectangle. */
  at: number;
  from: Point;
  /** As it was when the drag began. */
  before: Rect | undefined;
}

export interface Board {
  rectangles: Rect[];
  drag: Drag | undefined;
}

export function freshBoard(rectangles: readonly Rect[] = []): Board {
  return { rectangles: [...rectangles], drag: undefined };
}

export interface BoardOptions {
  place: string;
  title: string;
  pool: AreaPool;
  board: Board;
  maxAreas: number;
  /** Below the button that adds an area. */
  actions: HTMLElement[];
}

export function drawBoard(context: StepContext, options: BoardOptions): DrawnStep {
  const { place, title, pool, board, maxAreas, actions } = options;
  const { screen } = pool;
  // The screen may have become smaller meanwhile.
  if (board.drag === undefined) board.rectangles = board.rectangles.map((rect) => clampTo(rect, screen));
  const isFull = board.rectangles.length >= maxAreas;
  const add = (): void => {
    if (isFull) return;
    board.rectangles.push(middleOf(screen));
    context.redraw(`area-${board.rectangles.length - 1}`);
  };
  return {
    place,
    heading: heading(title),
    body: [
      drawPicture(context, options),
      el('p', { id: 'area-help', class: 'quiet' }, say(context, isFull ? 'areasFull' : 'drawHelp')),
      ...board.rectangles.map((rect, at) => drawFields(context, options, { rect, at })),
    ],
    actions: [button(say(context, 'areaAdd'), { id: 'add', icon: 'part', onclick: add }), ...actions],
    announce: title,
  };
}

function drawPicture(context: StepContext, { pool, board, maxAreas }: BoardOptions): HTMLElement {
  const { screen, windows } = pool;
  const { width, height, thumbnail } = screen;
  const here = (event: PointerEvent): Point => {
    const box = (event.currentTarget as SVGElement).getBoundingClientRect();
    return { x: ((event.clientX - box.x) / box.width) * width, y: ((event.clientY - box.y) / box.height) * height };
  };
  const background =
    thumbnail === null
      ? windows.map(({ bounds }) => svg('rect', { class: 'window-outline', ...bounds }))
      : [svg('image', { href: thumbnail, width, height, preserveAspectRatio: 'none' })];
  const picture = svg(
    'svg',
    {
      id: 'board',
      class: 'board',
      viewBox: `0 0 ${width} ${height}`,
      role: 'group',
      'aria-label': say(context, 'drawPicture', { screen: screen.name }),
      onpointerdown: (event: PointerEvent) => {
        if (event.button !== 0 || board.drag !== undefined) return;
        (event.currentTarget as SVGElement).setPointerCapture(event.pointerId);
        board.drag = beginDrag(board, { target: event.target, from: here(event), maxAreas });
        context.redraw();
      },
      onpointermove: (event: PointerEvent) => {
        if (board.drag === undefined) return;
        dragTo(board, here(event), screen);
        context.redraw();
      },
      onpointerup: () => endDrag(context, board),
      onpointercancel: () => endDrag(context, board),
    },
    ...background,
    ...board.rectangles.map((rect, at) => drawRectangle(context, { board, screen, rect, at })),
  );
  return el('div', { class: 'board-frame' }, picture);
}

/** On the corner it grows, inside it moves, elsewhere a new one begins. */
function beginDrag(
  board: Board,
  { target, from, maxAreas }: { target: EventTarget | null; from: Point; maxAreas: number },
): Drag | undefined {
  const held = target instanceof Element ? target.closest<SVGElement>('[data-area]') : null;
  if (held !== null) {
    const at = Number(held.dataset['area']);
    const isCorner = target instanceof Element && target.classList.contains('corner');
    return { kind: isCorner ? 'resize' : 'move', at, from, before: board.rectangles[at] };
  }
  if (board.rectangles.length >= maxAreas) return undefined;
  return { kind: 'draw', at: board.rectangles.length, from, before: undefined };
}

function dragTo(board: Board, to: Point, screen: { width: number; height: number }): void {
  const { drag } = board;
  if (drag === undefined) return;
  const by = { x: to.x - drag.from.x, y: to.y - drag.from.y };
  if (drag.kind === 'draw' || drag.before === undefined) {
    const drawn = between(drag.from, to, screen);
    board.rectangles = [...board.rectangles.slice(0, drag.at), ...(drawn === undefined ? [] : [drawn])];
    return;
  }
  board.rectangles[drag.at] = (drag.kind === 'move' ? moved : resized)(drag.before, by, screen);
}

function endDrag(context: StepContext, board: Board): void {
  if (board.drag === undefined) return;
  const { at } = board.drag;
  board.drag = undefined;
  context.redraw(at < board.rectangles.length ? `area-${at}` : undefined);
}

interface Drawn {
  board: Board;
  screen: { width: number; height: number };
  rect: Rect;
  at: number;
}

function drawRectangle(context: StepContext, { board, screen, rect, at }: Drawn): SVGElement {
  const { x, y, width, height } = rect;
  // About 20 pixels of the page, however large the screen is.
  const corner = Math.min(screen.width / 18, width, height);
  const words = { number: at + 1, x, y, width, height };
  const values = Object.fromEntries(Object.entries(words).map(([name, value]) => [name, String(value)]));
  return svg(
    'g',
    {
      id: `area-${at}`,
      class: 'area',
      tabindex: 0,
      // Arrow keys are ours here, not the screen reader's.
      role: 'application',
      'aria-label': say(context, 'areaAt', values),
      'aria-describedby': 'area-help',
      'data-area': at,
      onkeydown: (event: KeyboardEvent) => onKey(context, { board, screen, rect, at }, event),
    },
    svg('rect', { x, y, width, height }),
    svg('rect', { class: 'corner', x: x + width - corner, y: y + height - corner, width: corner, height: corner }),
    svg('text', { x: x + corner / 3, y: y + corner, 'font-size': corner }, String(at + 1)),
  );
}

const ARROWS: Readonly<Record<string, Point>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

function onKey(context: StepContext, { board, screen, rect, at }: Drawn, event: KeyboardEvent): void {
  if (event.key === 'Delete' || event.key === 'Backspace') {
    event.preventDefault();
    return remove(context, board, at);
  }
  const arrow = Object.hasOwn(ARROWS, event.key) ? ARROWS[event.key] : undefined;
  if (arrow === undefined || event.ctrlKey || event.altKey || event.metaKey) return;
  event.preventDefault();
  const step = stepOf(screen);
  const by = { x: arrow.x * step, y: arrow.y * step };
  board.rectangles[at] = (event.shiftKey ? resized : moved)(rect, by, screen);
  context.redraw();
}

function remove(context: StepContext, board: Board, at: number): void {
  board.rectangles.splice(at, 1);
  const next = Math.min(at, board.rectangles.length - 1);
  context.redraw(next < 0 ? 'add' : `area-${next}`);
}

const FIELDS = [
  ['left', 'x'],
  ['top', 'y'],
  ['width', 'width'],
  ['height', 'height'],
] as const;

function drawFields(
  context: StepContext,
  { board, pool }: BoardOptions,
  { rect, at }: { rect: Rect; at: number },
): HTMLElement {
  const name = say(context, 'areaName', { number: String(at + 1) });
  const fields = FIELDS.map(([word, side]) => {
    const field = el('input', {
      id: `area-${at}-${side}`,
      type: 'number',
      min: 0,
      max: side === 'x' || side === 'width' ? pool.screen.width : pool.screen.height,
      value: rect[side],
      onchange: (event: Event) => {
        const input = event.currentTarget as HTMLInputElement;
        const typed = input.valueAsNumber;
        const changed = clampTo(Number.isFinite(typed) ? { ...rect, [side]: typed } : rect, pool.screen);
        board.rectangles[at] = changed;
        input.value = String(changed[side]);
        context.redraw();
      },
    });
    return el('label', {}, el('span', {}, say(context, word)), field);
  });
  return el(
    'fieldset',
    { id: `area-${at}-fields`, class: 'area-fields' },
    el('legend', {}, name),
    el('div', { class: 'sides' }, ...fields),
    button(say(context, 'remove'), {
      id: `area-${at}-remove`,
      label: `${say(context, 'remove')} ${name}`,
      onclick: () => remove(context, board, at),
    }),
  );
}
