/**
 * Pictures by ScreenCaptureKit, one at a time and each of the moment that it is asked for (docs/decisions/0019). It answers
 * by blocks, on threads of its own; koffi brings them to ours. SCShareableContent.h, SCScreenshotManager.h, SCStream.h.
 */
import { coreFoundation, membersOf, released } from './core.foundation.ts';
import { addressOf, constantOf } from './frameworks.ts';
import type { Ref } from './frameworks.ts';
import { BlockAnswers } from './block.answers.ts';
import { classOf, pooled, send } from './objc.ts';
import type { Size } from './bitmaps.ts';

/** kCVPixelFormatType_32BGRA. */
const BGRA = 0x42475241;
/** Then nothing is shown, rather than something late. */
const ANSWER_WITHIN_MS = 2000;

let answers: BlockAnswers | undefined;

function ask(question: (block: bigint) => void): Promise<Ref> {
  answers ??= new BlockAnswers({
    isa: addressOf('System', '_NSConcreteGlobalBlock'),
    retain: (object) => coreFoundation.CFRetain(object),
    withinMs: ANSWER_WITHIN_MS,
  });
  return answers.ask(question);
}

export interface Captured {
  /** CGDirectDisplayID. */
  id: number;
  hidden: ReadonlySet<number>;
}

/** What may be captured of one display: all but the windows with these numbers. Undefined when macOS does not let us. */
export async function displayFilter(what: Captured): Promise<Ref | undefined> {
  const content = await ask((block) => {
    send(
      'void',
      classOf('ScreenCaptureKit', 'SCShareableContent'),
      'getShareableContentExcludingDesktopWindows:onScreenWindowsOnly:completionHandler:',
      ['bool', false],
      ['bool', true],
      ['void *', block],
    );
  });
  if (content === null) return undefined;
  return released(content, () => pooled(() => filterOf(content, what)));
}

function filterOf(content: Ref, { id, hidden }: Captured): Ref | undefined {
  const display = membersOf(send('void *', content, 'displays')).find(
    // An unsigned number, like ours.
    (each) => send('uint32_t', each, 'displayID') === id,
  );
  const windows = membersOf(send('void *', content, 'windows')).filter((each) =>
    hidden.has(send('uint32_t', each, 'windowID')),
  );
  // What cannot be left out must not be captured.
  if (display === undefined || windows.length < hidden.size) return undefined;
  const left = send('void *', classOf('AppKit', 'NSMutableArray'), 'array');
  for (const window of windows) send('void', left, 'addObject:', ['void *', window]);
  return send(
    'void *',
    send('void *', classOf('ScreenCaptureKit', 'SCContentFilter'), 'alloc'),
    'initWithDisplay:excludingWindows:',
    ['void *', display],
    ['void *', left],
  );
}

/** How pictures are made: in the pixels of the display, without the pointer. The caller's to let go. */
export function pictureSettings({ width, height }: Size): Ref {
  return pooled(() => {
    const settings = send('void *', classOf('ScreenCaptureKit', 'SCStreamConfiguration'), 'new');
    send('void', settings, 'setWidth:', ['uint64_t', width]);
    send('void', settings, 'setHeight:', ['uint64_t', height]);
    send('void', settings, 'setShowsCursor:', ['bool', false]);
    send('void', settings, 'setPixelFormat:', ['uint32_t', BGRA]);
    send('void', settings, 'setColorSpaceName:', ['void *', constantOf('CoreGraphics', 'kCGColorSpaceSRGB')]);
    return settings;
  });
}

/** A CGImage of this moment, the caller's to let go; null when there is none. */
export function screenshot(filter: Ref, settings: Ref): Promise<Ref> {
  return ask((block) => {
    send(
      'void',
      classOf('ScreenCaptureKit', 'SCScreenshotManager'),
      'captureImageWithFilter:configuration:completionHandler:',
      ['void *', filter],
      ['void *', settings],
      ['void *', block],
    );
  });
}
