/**
 * The consent window's page. It redeems the code of its address once, keeps the answer in memory, draws what the helper
 * sends and sends back what the person chose. A reload has no code left and so ends the window, which counts as no.
 */
import type { ConsentAction, ConsentView, Language } from '../consent.views.ts';
import { isNarrowing, isSameQuestion } from './answers.ts';
import { freshChoice, type AskChoice } from './ask.choice.ts';
import { drawAsk } from './ask.ts';
import { drawLive } from './live.ts';
import { freshLive, type LiveChoice } from './live.parts.ts';
import { note, say, stopButton, type DrawnStep, type StepContext } from './parts.ts';
import { patchChildren } from './patch.ts';
import { drawQuestion, freshAnswer, type QuestionChoice } from './question.ts';
import { drawStep } from './steps.ts';
import { WORDS } from './words.ts';

let language: Language = navigator.language.startsWith('zh') ? 'zh-CN' : 'en';
let view: ConsentView = { step: 'connecting', message: 'starting' };
let token = '';
/** What the person is choosing, for as long as the question it belongs to stands. */
let ask: AskChoice | undefined;
let live: LiveChoice = freshLive();
let answer: QuestionChoice | undefined;
/** An answer that is given once is on its way; or came back refused. */
let isBusy = false;
let isRefused = false;
const firstSeen = new Map<string, number>();
/** Which place is on display; the focus moves by itself only when this changes. */
let placeOnDisplay = '';
let lastAnnounced = '';
let alarmKey = '';

function place(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

function drawView(context: StepContext): DrawnStep {
  switch (view.step) {
    case 'ask':
      return drawAsk(context, view, (ask ??= freshChoice(view)));
    case 'live':
      return drawLive(context, view, live);
    case 'question':
      return drawQuestion(context, view, (answer ??= freshAnswer(view)));
    default:
      return drawStep(context, view);
  }
}

function draw(focusId?: string): void {
  const now = Date.now();
  const context: StepContext = { language, now, isBusy, firstSeen, act, redraw: draw, announce };
  const drawn = drawView(context);
  const refusal = isRefused
    ? [note(say({ language }, 'refused'), { kind: 'warning', icon: 'warning', isAlert: true })]
    : [];
  const isNew = drawn.place !== placeOnDisplay;
  placeOnDisplay = drawn.place;
  // Another place gets elements of its own: none may be pressed by a click that began on what stood there before.
  if (isNew) place('view').replaceChildren(section('body'), section('actions'));
  const focused = document.activeElement?.id ?? '';
  patchChildren(part('.body'), [drawn.heading, ...drawn.body]);
  patchChildren(part('.actions'), [...refusal, ...drawn.actions, ...stopOf(context, drawn)]);
  place('view').dataset['step'] = view.step;
  document.documentElement.lang = language;
  document.title = `${drawn.heading.textContent} · ${WORDS[language].title}`;
  showBusy();
  makeScrollable();
  moveFocus({ isNew, focusId, focused });
  if (drawn.announce !== lastAnnounced && !isNew) announce(drawn.announce);
  lastAnnounced = drawn.announce;
  raiseAlarm(drawn.alarm);
}

/** By keyboard too, where there is nothing in it that takes the focus. */
function makeScrollable(): void {
  const body = part('.body');
  const isReached = body.scrollHeight <= body.clientHeight || body.querySelector('button, input') !== null;
  for (const [name, value] of Object.entries({ tabindex: '0', role: 'region', 'aria-labelledby': 'heading' }))
    if (isReached) body.removeAttribute(name);
    else body.setAttribute(name, value);
}

/** Wherever the person is on the page while something is shared, Stop is there. */
function stopOf(context: StepContext, { actions }: DrawnStep): HTMLElement[] {
  const isSharing = view.step === 'live' || view.step === 'question';
  const isThere = actions.some((action) => action.id === 'stop' || action.querySelector('#stop') !== null);
  return isSharing && !isThere ? [stopButton(context, 'danger')] : [];
}

/** What widens waits for the answer that is on its way; what narrows does not, and the focus stays where it is. */
function showBusy(): void {
  const waiting = view.step === 'live' ? 'main [data-once]' : 'main button:not([data-narrowing])';
  for (const control of document.querySelectorAll(waiting)) if (isBusy) control.setAttribute('aria-disabled', 'true');
  part('.body').toggleAttribute('inert', isBusy && view.step !== 'live');
}

/** To the heading of a new place, or where it was said to go; otherwise it stays, and what went away leaves it there. */
function moveFocus({
  isNew,
  focusId,
  focused,
}: {
  isNew: boolean;
  focusId: string | undefined;
  focused: string;
}): void {
  const isLost = focused !== '' && document.activeElement?.id !== focused;
  const wanted = focusId ?? (isNew ? 'heading' : isLost ? focused : undefined);
  if (wanted === undefined) return;
  const target = document.getElementById(wanted) ?? place('heading');
  target.focus({ preventScroll: true });
  (target.closest('label') ?? target).scrollIntoView({ block: 'nearest' });
}

function part(selector: string): Element {
  const element = place('view').querySelector(selector);
  if (element === null) throw new Error(`the view has no ${selector}`);
  return element;
}

function section(name: string): HTMLElement {
  const element = document.createElement('div');
  element.className = name;
  return element;
}

/** Said by screen readers when it changed. */
function announce(text: string): void {
  const announcer = place('announcer');
  if (announcer.textContent !== text) announcer.textContent = text;
}

/** Said at once, whatever is being said; once for each question. */
function raiseAlarm(alarm: DrawnStep['alarm']): void {
  if (alarm === undefined || alarm.key === alarmKey) return;
  alarmKey = alarm.key;
  place('alarm').textContent = alarm.text;
}

function show(next: ConsentView): void {
  const isSame = isSameQuestion(view, next);
  if (!isSame || next.step === 'live') isBusy = false;
  if (!isSame) {
    isRefused = false;
    ask = undefined;
    answer = undefined;
  }
  // What the person was about to hide or allow waits while a question is in between.
  if (next.step !== 'live' && next.step !== 'question') live = freshLive();
  if ('windows' in next) for (const { id } of next.windows) if (!firstSeen.has(id)) firstSeen.set(id, firstSeen.size);
  if (next.step !== 'question') place('alarm').textContent = '';
  view = next;
  draw();
}

async function post(path: string, body: unknown): Promise<Response> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (token !== '') headers['authorization'] = `Bearer ${token}`;
  return fetch(path, { method: 'POST', headers, body: JSON.stringify(body), credentials: 'omit', cache: 'no-store' });
}

function act(action: ConsentAction): void {
  const isOnce = !isNarrowing(action) || action.type === 'answer';
  if (isOnce && isBusy) return;
  if (isOnce) isBusy = true;
  isRefused = false;
  draw();
  post('/action', action).then(({ ok }) => {
    if (ok || !isOnce) return;
    // Windows come and go: what was chosen may have been gone when it arrived.
    isBusy = false;
    isRefused = true;
    draw();
  }, disconnected);
}

function disconnected(): void {
  if (view.step === 'ended' || view.step === 'failed' || view.step === 'cleaned') return;
  show({ step: 'failed', code: 'window-disconnected' });
}

/** One JSON value a line, for as long as the helper lives. */
async function followViews(stream: ReadableStream<Uint8Array>): Promise<void> {
  const decoder = new TextDecoder();
  let rest = '';
  const reader = stream.getReader();
  for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
    const lines = (rest + decoder.decode(chunk.value, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    // Sent by our own helper over an authenticated stream, already typed there.
    for (const line of lines) if (line !== '') show(JSON.parse(line) as ConsentView);
  }
}

async function start(): Promise<void> {
  const code = location.hash.slice(1);
  history.replaceState(null, '', '/');
  const redeemed = await post('/redeem', { code });
  if (!redeemed.ok) return disconnected();
  // The shape is the server's of this same program.
  const given = (await redeemed.json()) as { token: string; language: Language };
  token = given.token;
  language = given.language;
  draw();
  const views = await post('/views', {});
  if (views.ok && views.body !== null) await followViews(views.body);
  disconnected();
}

/** A reload would lose the token, and so say no by accident. */
function isReload(event: KeyboardEvent): boolean {
  return event.key === 'F5' || ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === 'r');
}

addEventListener('keydown', (event) => {
  if (isReload(event)) event.preventDefault();
});
addEventListener('contextmenu', (event) => event.preventDefault());
addEventListener('dragover', (event) => event.preventDefault());
addEventListener('drop', (event) => event.preventDefault());
// A question that was behind other windows is on display only now.
addEventListener('visibilitychange', () => {
  if (answer !== undefined && document.visibilityState === 'visible') answer.since = performance.now();
});
setInterval(() => {
  if (view.step === 'live') draw();
}, 1000);
start().catch(disconnected);
