/** Before Start: what is open that they should not see, and hiding it. */
import { exposedWindows, type AskChoice } from './ask.choice.ts';
import { agreedText, askedOf, startButton, wayOut, type Asked } from './ask.what.ts';
import { freshBoard } from './board.ts';
import { drawHideBoard, hideList } from './chooser.ts';
import { el, icon } from './dom.ts';
import { agreement, heading, button, note, say, type DrawnStep, type StepContext } from './parts.ts';

type AskView = Asked['view'];

export function drawCheck(context: StepContext, view: AskView, choice: AskChoice): DrawnStep {
  const asked = askedOf(view, choice);
  const { pool } = asked;
  const { name } = view.card;
  const text = agreedText(context, asked);
  const exposedIds = new Set(exposedWindows(choice, pool).map((window) => window.id));
  const listedWindows = pool.windows.filter((window) => window.rule !== null || exposedIds.has(window.id));
  const list = hideList(context, listedWindows, {
    hidden: choice.hide,
    canShowAgain: true,
    onToggle: (id) => {
      if (!choice.hide.delete(id)) choice.hide.add(id);
    },
  });
  const passwords = say(context, 'noPasswords', { hotkey: view.hideHotkeyLabel });
  return {
    place: 'ask/check',
    heading: heading(say(context, 'checkTitle')),
    body: [
      ...(view.canFindPasswords ? [] : [note(passwords, { id: 'no-passwords', kind: 'warning', icon: 'warning' })]),
      el('p', {}, exposedIds.size === 0 ? say(context, 'checkNone') : say(context, 'checkText', { name })),
      list,
      ...hiddenAreas(context, choice),
      button(say(context, 'hideArea'), {
        id: 'hide-area',
        icon: 'part',
        onclick: () => {
          Object.assign(choice, { part: 'hide-area', board: freshBoard(choice.hideAreas) });
          context.redraw();
        },
      }),
    ],
    actions: [agreement('consent-text', text), startButton(context, asked), wayOut(context, choice, { back: 'what' })],
    announce: text,
  };
}

/** What was drawn, each with a way to take it away again. */
function hiddenAreas(context: StepContext, choice: AskChoice): HTMLElement[] {
  const rows = choice.hideAreas.map(({ width, height }, at) => {
    const title = say(context, 'areaName', { number: String(at + 1) });
    const remove = button(say(context, 'remove'), {
      id: `remove-area-${at}`,
      label: `${say(context, 'remove')} ${title}`,
      onclick: () => {
        choice.hideAreas = choice.hideAreas.filter((_, other) => other !== at);
        context.announce(say(context, 'shown', { title }));
        context.redraw('hide-area');
      },
    });
    const size = say(context, 'screenSize', { width: String(width), height: String(height) });
    const words = el(
      'span',
      { class: 'choice-words' },
      el('span', { class: 'choice-title' }, title),
      el('span', { class: 'choice-text' }, `${size} · ${say(context, 'hiddenFromThem')}`),
    );
    const picture = el('span', { class: 'window-picture' }, icon('hidden'));
    return el('li', { id: `hidden-area-${at}` }, el('div', { class: 'window-row hidden-row' }, picture, words, remove));
  });
  return rows.length === 0 ? [] : [el('ul', { class: 'windows' }, ...rows)];
}

export function drawHideArea(context: StepContext, view: AskView, choice: AskChoice): DrawnStep {
  const { pool } = askedOf(view, choice);
  return drawHideBoard(context, {
    place: 'ask/hide-area',
    pool,
    board: choice.board,
    onHide: (rectangles) => (choice.hideAreas = rectangles),
    onLeave: () => {
      choice.part = 'check';
      context.redraw('hide-area');
    },
  });
}
