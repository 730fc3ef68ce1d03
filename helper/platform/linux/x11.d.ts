/**
 * The slice of the untyped npm package `x11` that this folder uses, as its source has it (lib/corereqs.js, lib/ext/*.js,
 * lib/generated/core-events.js). Field names are the package's own. Only x11.connection.ts imports the package; the rest
 * imports the types.
 */
declare module 'x11' {
  /** Return true when the error is dealt with; otherwise the client emits it as 'error'. */
  export type XCallback<T> = (error: Error | null | undefined, value: T) => boolean;
  /** Void requests report only failure; the callback comes with the next reply. */
  export type XDone = (error: Error | null | undefined) => boolean;

  export interface XVisual {
    vid: number;
    class: number;
    red_mask: number;
    green_mask: number;
    blue_mask: number;
  }
  export interface XScreen {
    root: number;
    default_colormap: number;
    pixel_width: number;
    pixel_height: number;
    root_visual: number;
    root_depth: number;
    depths: Record<number, Record<number, XVisual>>;
  }
  export interface XDisplay {
    client: XClient;
    screen: XScreen[];
    format: Record<number, { bits_per_pixel: number; scanline_pad: number }>;
    /** 0 is least significant byte first. */
    image_byte_order: number;
    resource_mask: number;
    min_keycode: number;
    max_keycode: number;
    isLocalSocket: boolean;
  }

  export interface XRectangle {
    x: number;
    y: number;
    width: number;
    height: number;
  }

  /** Every event of XInput 2 that has a source device. */
  export interface XInputEvent {
    name:
      | 'XIRawMotion'
      | 'XIRawKeyPress'
      | 'XIRawKeyRelease'
      | 'XIRawButtonPress'
      | 'XIRawButtonRelease'
      | 'XIRawTouchBegin'
      | 'XIRawTouchUpdate';
    deviceId: number;
    sourceId: number;
    time: number;
    /** Keycode or button. */
    detail: number;
  }
  export interface XInputWindowEvent {
    name: 'XIButtonPress' | 'XIButtonRelease' | 'XIMotion' | 'XIKeyPress' | 'XIKeyRelease';
    deviceId: number;
    sourceId: number;
    time: number;
    detail: number;
    wid: number;
    rootx: number;
    rooty: number;
    x: number;
    y: number;
    flags: number;
  }
  export type XEvent =
    | XInputEvent
    | XInputWindowEvent
    | { name: 'XIHierarchyChanged' | 'XIDeviceChanged' }
    | { name: 'KeyPress' | 'KeyRelease' | 'ButtonPress' | 'ButtonRelease'; wid: number; keycode: number; time: number }
    | { name: 'DamageNotify'; damage: number }
    | { name: 'CursorNotify' }
    | { name: 'RRScreenChangeNotify'; width: number; height: number }
    | { name: 'MappingNotify'; request: number }
    | { name: 'PropertyNotify'; wid: number; atom: number }
    /** `detail` 2 is Inferior; `mode` is 0 Normal, 1 Grab, 2 Ungrab, 3 WhileGrabbed. `rawData` is the packet; 0x80 in its first byte: sent by a program. */
    | { name: 'FocusIn' | 'FocusOut'; wid: number; detail: number; mode: number; rawData: Buffer }
    | { name: 'EnterNotify'; wid: number }
    | { name: 'ShapeNotify'; window: number; kind: number }
    /** Of XFIXES when `type` is that of the extension. */
    | { name: 'SelectionNotify'; selection: number }
    | { name: 'VisibilityNotify'; wid: number; state: number }
    | { name: 'Expose'; wid: number }
    | { name: 'CreateNotify'; parent: number; wid: number }
    | {
        name: 'MapNotify' | 'UnmapNotify' | 'DestroyNotify' | 'CirculateNotify' | 'GravityNotify';
        event: number;
        wid: number;
      }
    | { name: 'ReparentNotify'; event: number; wid: number; parent: number }
    | { name: 'ConfigureNotify'; wid: number; wid1: number; x: number; y: number; width: number; height: number };

  interface WindowValues {
    backgroundPixmap?: number;
    backgroundPixel?: number;
    borderPixel?: number;
    overrideRedirect?: 0 | 1;
    eventMask?: number;
    colormap?: number;
    cursor?: number;
  }
  interface GcValues {
    foreground?: number;
    background?: number;
    font?: number;
    subwindowMode?: 0 | 1;
    graphicsExposures?: 0 | 1;
  }
  interface ConfigureValues {
    x?: number;
    y?: number;
    width?: number;
    height?: number;
    /** The window that `stackMode` is about; all when left out. */
    sibling?: number;
    /** 0 is Above. */
    stackMode?: number;
  }
  export interface XProperty {
    type: number;
    format: number;
    bytesAfter: number;
    data: Buffer;
  }
  export interface XExtensionInfo {
    present: number;
    majorOpcode: number;
    firstEvent: number;
    firstError: number;
  }

  export interface XClient {
    seq_num: number;
    atoms: Record<string, number>;
    on(event: 'event', listener: (event: XEvent & { type: number }) => void): this;
    on(event: 'error', listener: (error: Error) => void): this;
    on(event: 'end', listener: () => void): this;
    stream: { on(event: 'close', listener: () => void): void; destroy(): void; unref(): void };
    terminate(): void;
    AllocID(): number;
    ReleaseID(id: number): void;
    require<N extends keyof XExtensions>(
      name: N,
      done: (error: Error | null | undefined, extension: XExtensions[N]) => void,
    ): void;

    CreateWindow(
      wid: number,
      parent: number,
      x: number,
      y: number,
      width: number,
      height: number,
      borderWidth: number,
      depth: number,
      windowClass: number,
      visual: number,
      values: WindowValues,
    ): void;
    ChangeWindowAttributes(wid: number, values: WindowValues, done?: XDone): void;
    GetWindowAttributes(
      wid: number,
      done: XCallback<{ klass: number; mapState: number; overrideRedirect: number }>,
    ): void;
    CreateColormap(colormap: number, wid: number, visual: number, alloc: number): void;
    DestroyWindow(wid: number): void;
    MapWindow(wid: number): void;
    UnmapWindow(wid: number): void;
    ConfigureWindow(wid: number, values: ConfigureValues, done?: XDone): void;
    GetGeometry(
      drawable: number,
      done: XCallback<{
        depth: number;
        xPos: number;
        yPos: number;
        width: number;
        height: number;
        borderWidth: number;
      }>,
    ): void;
    QueryTree(wid: number, done: XCallback<{ root: number; parent: number; children: number[] }>): void;
    InternAtom(onlyIfExists: boolean, name: string, done: XCallback<number>): void;
    GetAtomName(atom: number, done: XCallback<string>): void;
    ChangeProperty(
      mode: number,
      wid: number,
      name: number,
      type: number,
      format: number,
      bytes: Buffer | number[],
    ): void;
    GetProperty(
      del: number,
      wid: number,
      name: number,
      type: number,
      longOffset: number,
      longLength: number,
      done: XCallback<XProperty>,
    ): void;
    GrabKey(
      wid: number,
      ownerEvents: number,
      modifiers: number,
      key: number,
      pointerMode: number,
      keyboardMode: number,
      done: XDone,
    ): void;
    GrabKeyboard(
      wid: number,
      ownerEvents: number,
      time: number,
      pointerMode: number,
      keyboardMode: number,
      done: XCallback<number>,
    ): void;
    UngrabKeyboard(time: number): void;
    GrabServer(): void;
    UngrabServer(): void;
    UngrabKey(wid: number, key: number, modifiers: number): void;
    QueryPointer(wid: number, done: XCallback<{ child: number; rootX: number; rootY: number }>): void;
    TranslateCoordinates(
      source: number,
      destination: number,
      x: number,
      y: number,
      done: XCallback<{ child: number; destX: number; destY: number }>,
    ): void;
    GetInputFocus(done: XCallback<{ focus: number }>): void;
    SetInputFocus(wid: number, revertTo: number): void;
    GetSelectionOwner(selection: number, done: XCallback<number>): void;
    SetSelectionOwner(owner: number, selection: number, time: number): void;
    ReparentWindow(wid: number, parent: number, x: number, y: number): void;
    QueryKeymap(done: XCallback<Buffer>): void;
    GetKeyboardMapping(first: number, count: number, done: XCallback<number[][]>): void;
    ChangeKeyboardMapping(first: number, keysymsPerKeycode: number, keysyms: number[], done?: XDone): void;
    GetModifierMapping(done: XCallback<number[][]>): void;
    GetImage(
      format: number,
      drawable: number,
      x: number,
      y: number,
      width: number,
      height: number,
      planeMask: number,
      done: XCallback<{ depth: number; data: Buffer }>,
    ): void;
    PutImage(
      format: number,
      drawable: number,
      gc: number,
      width: number,
      height: number,
      x: number,
      y: number,
      leftPad: number,
      depth: number,
      data: Buffer,
    ): void;
    CreatePixmap(pid: number, drawable: number, depth: number, width: number, height: number): void;
    FreePixmap(pid: number): void;
    CreateGC(gc: number, drawable: number, values: GcValues): void;
    ChangeGC(gc: number, values: GcValues): void;
    FreeGC(gc: number): void;
    ClearArea(wid: number, x: number, y: number, width: number, height: number, exposures: number): void;
    PolyFillRectangle(drawable: number, gc: number, rects: number[]): void;
    OpenFont(font: number, name: string, done?: XDone): void;
    CreateGlyphCursor(
      cursor: number,
      sourceFont: number,
      maskFont: number,
      sourceGlyph: number,
      maskGlyph: number,
      foreground: { R: number; G: number; B: number },
      background: { R: number; G: number; B: number },
    ): void;
    CloseFont(font: number): void;
    QueryTextExtents(
      font: number,
      text: string,
      done: XCallback<{ fontAscent: number; fontDescent: number; overallWidth: number }>,
    ): void;
    ImageText16(drawable: number, gc: number, x: number, y: number, text: string): void;

    /** For requests the package does not have: what its own extension files use. */
    pack_stream: { put(packet: Buffer): void; submit(expectsReply?: boolean): boolean };
    /** Requests without a reply have nothing to unpack. */
    replies: Record<number, [((body: Buffer, option: number) => unknown) | undefined, XCallback<never>]>;
  }

  export interface DamageExtension extends XExtensionInfo {
    ReportLevel: { NonEmpty: number };
    Create(damage: number, drawable: number, level: number): void;
    Destroy(damage: number): void;
    Subtract(damage: number, repair: number, parts: number): void;
  }
  export interface CursorImage {
    x: number;
    y: number;
    width: number;
    height: number;
    xhot: number;
    yhot: number;
    cursorSerial: number;
    cursorImage: Buffer;
  }
  export interface FixesExtension extends XExtensionInfo {
    SelectionEventMask: { SetSelectionOwner: number; SelectionWindowDestroy: number; SelectionClientClose: number };
    SelectSelectionInput(window: number, selection: number, mask: number): void;
    SelectCursorInput(window: number, mask: number): void;
    GetCursorImage(done: XCallback<CursorImage>): void;
    CreateRegion(region: number, rects: XRectangle[]): void;
    DestroyRegion(region: number): void;
    FetchRegion(region: number, done: XCallback<{ extents: XRectangle; rectangles: XRectangle[] }>): void;
  }
  export interface ShmExtension extends XExtensionInfo {
    Attach(segment: number, shmid: number, readOnly: boolean, done: XDone): void;
    Detach(segment: number): void;
    GetImage(
      drawable: number,
      x: number,
      y: number,
      width: number,
      height: number,
      planeMask: number,
      format: number,
      segment: number,
      offset: number,
      done: XCallback<{ depth: number; size: number }>,
    ): void;
  }
  export interface RandrExtension extends XExtensionInfo {
    major_version: number;
    minor_version: number;
    NotifyMask: { ScreenChange: number; CrtcChange: number; OutputChange: number };
    SelectInput(window: number, mask: number): void;
  }
  export interface ResExtension extends XExtensionInfo {
    major: number;
    minor: number;
    ClientIdMask: { LocalClientPID: number };
    QueryClientIds(
      specs: { client: number; mask: number }[],
      done: XCallback<{ client: number; mask: number; value: number[] }[]>,
    ): void;
  }
  export interface XInputDevice {
    deviceId: number;
    use: number;
    name: string;
  }
  export interface XInputExtension extends XExtensionInfo {
    xi2: { majorVersion: number; minorVersion: number } | null;
    EventMask: Record<string, number>;
    XISelectEvents(window: number, masks: { deviceId: number; mask: string[] }[]): void;
    XIQueryDevice(device: number, done: XCallback<XInputDevice[]>): void;
  }
  export interface XTestExtension extends XExtensionInfo {
    FakeInput(type: number, detail: number, time: number, root: number, x: number, y: number): void;
  }
  export interface XkbExtension extends XExtensionInfo {
    UseCoreKbd: number;
    GetState(device: number, done: XCallback<{ mods: number; lockedMods: number; group: number }>): void;
    LatchLockState(
      device: number,
      affectModLocks: number,
      modLocks: number,
      lockGroup: number,
      groupLock: number,
      affectModLatches: number,
      modLatches: number,
      latchGroup: number,
      groupLatch: number,
    ): void;
  }
  export interface ShapeExtension extends XExtensionInfo {
    Rectangles(
      op: number,
      kind: number,
      window: number,
      x: number,
      y: number,
      rectangles: [number, number, number, number][],
      ordering?: number,
    ): void;
    QueryExtents(window: number, done: XCallback<{ boundingShaped: boolean }>): void;
    GetRectangles(
      window: number,
      kind: number,
      done: XCallback<{ rectangles: [number, number, number, number][] }>,
    ): void;
  }
  export interface CompositeExtension extends XExtensionInfo {
    GetOverlayWindow(window: number, done: XCallback<number>): void;
  }
  export interface XExtensions {
    damage: DamageExtension;
    fixes: FixesExtension;
    shm: ShmExtension;
    randr: RandrExtension;
    res: ResExtension;
    xinput: XInputExtension;
    xtest: XTestExtension;
    xkb: XkbExtension;
    shape: ShapeExtension;
    composite: CompositeExtension;
  }

  const x11: {
    createClient(
      options: { display: string; shm: false },
      done: (error: Error | null | undefined, display: XDisplay) => void,
    ): XClient;
    keySyms: Record<string, { code: number; description: string | null }>;
  };
  export default x11;
}
