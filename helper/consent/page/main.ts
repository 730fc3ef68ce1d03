/**
 * The consent window's page. It redeems the code of its address once, keeps the answer in memory, draws what the helper
 * sends and sends back what the person chose. A reload has no code left and so ends the window, which counts as no.
 */
import type { ConsentAction, ConsentView, Language } from '../consent.views.ts';
import { drawAsk, freshChoice, type AskChoice } from './ask.ts';
import { drawStep } from './steps.ts';
import { WORDS } from './words.ts';
import type { DrawnStep, StepContext } from './parts.ts';

let language: Language = navigator.language.startsWith('zh') ? 'zh-CN' : 'en';
let view: ConsentView = { step: 'connecting', message: 'starting' };
let choice: AskChoice | undefined;
let token = '';
/** Which step and part the focus was last moved to; the focus moves again only when this changes. */
let focusedPlace = '';

function place(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}

function draw(): void {
  const context: StepContext = { language, act, redraw: draw };
  const drawn: DrawnStep =
    view.step === 'ask' ? drawAsk(context, view, (choice ??= freshChoice(view))) : drawStep(context, view);
  const focused = document.activeElement?.id ?? '';
  const scrolled = document.querySelector('.body')?.scrollTop ?? 0;

  const body = section('body', [drawn.heading, ...drawn.body]);
  place('view').replaceChildren(body, section('actions', drawn.actions));
  place('view').dataset['step'] = view.step;
  document.documentElement.lang = language;
  document.title = `${drawn.heading.textContent} · ${WORDS[language].title}`;
  if (choice?.isBusy === true) disableAll();
  showElapsed();

  const here = placeOnDisplay();
  if (here !== focusedPlace) {
    focusedPlace = here;
    drawn.heading.focus({ preventScroll: true });
  } else {
    body.scrollTop = scrolled;
    keepFocus(focused, drawn.heading);
    announce(drawn.announce);
  }
}

function placeOnDisplay(): string {
  return view.step === 'ask' && choice !== undefined ? `ask/${choice.part}` : view.step;
}

/** A control that was there stays focused; when it went away (a right taken back), the heading says what holds now. */
function keepFocus(id: string, fallback: HTMLElement): void {
  const focused = document.getElementById(id) ?? fallback;
  focused.focus({ preventScroll: true });
  (focused.closest('label') ?? focused).scrollIntoView({ block: 'nearest' });
}

function disableAll(): void {
  for (const control of document.querySelectorAll('button, input')) control.setAttribute('disabled', '');
}

function section(name: string, children: HTMLElement[]): HTMLElement {
  const element = document.createElement('div');
  element.className = name;
  element.append(...children);
  return element;
}

/** Said by screen readers when it changed. */
function announce(text: string): void {
  const announcer = place('announcer');
  if (announcer.textContent !== text) announcer.textContent = text;
}

function showElapsed(): void {
  const clock = document.getElementById('elapsed');
  if (clock === null) return;
  const seconds = Math.max(0, Math.floor((Date.now() - Number(clock.dataset['since'])) / 1000));
  const two = (part: number): string => String(part).padStart(2, '0');
  const hours = Math.floor(seconds / 3600);
  clock.textContent = `${hours > 0 ? `${hours}:` : ''}${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function show(next: ConsentView): void {
  const isSameQuestion = view.step === 'ask' && next.step === 'ask' && view.codes.join() === next.codes.join();
  if (!isSameQuestion) choice = undefined;
  view = next;
  draw();
}

async function post(path: string, body: unknown): Promise<Response> {
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (token !== '') headers['authorization'] = `Bearer ${token}`;
  return fetch(path, { method: 'POST', headers, body: JSON.stringify(body), credentials: 'omit', cache: 'no-store' });
}

function act(action: ConsentAction): void {
  post('/action', action).catch(disconnected);
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
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const lines = (rest + decoder.decode(part.value, { stream: true })).split('\n');
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
  const answer = (await redeemed.json()) as { token: string; language: Language };
  token = answer.token;
  language = answer.language;
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
setInterval(showElapsed, 1000);
start().catch(disconnected);
