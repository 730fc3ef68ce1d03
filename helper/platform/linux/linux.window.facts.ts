/** What a program or the window manager has written on a window. Any program can write any of it: good for hiding, never for showing. */
import type { XProperty } from 'x11';
import type { Rect } from '../platform.ts';
import type { XConnection } from './x11.connection.ts';

/** Properties that are read of windows, by our names. */
const PROPERTIES = {
  netName: '_NET_WM_NAME',
  name: 'WM_NAME',
  role: 'WM_WINDOW_ROLE',
  transientFor: 'WM_TRANSIENT_FOR',
  windowType: '_NET_WM_WINDOW_TYPE',
  frameExtents: '_GTK_FRAME_EXTENTS',
  opaqueRegion: '_NET_WM_OPAQUE_REGION',
  opacity: '_NET_WM_WINDOW_OPACITY',
} as const;
const OTHERS = {
  clientList: '_NET_CLIENT_LIST',
  dock: '_NET_WM_WINDOW_TYPE_DOCK',
  desktop: '_NET_WM_WINDOW_TYPE_DESKTOP',
} as const;

export type WindowAtoms = Record<keyof typeof PROPERTIES | keyof typeof OTHERS, number>;

export interface WindowFacts {
  title: string;
  role: string;
  transientFor: number | undefined;
  /** The background of the desktop, or a panel. */
  isShell: boolean;
  /** Left, right, top, bottom: how far the shadow that the program draws itself reaches into the window. */
  frameExtents: readonly number[];
  /** In the window's own coordinates; undefined when the program says nothing. */
  opaqueRegion: readonly Rect[] | undefined;
  isTranslucent: boolean;
}

// The keys are those of the table.
const FACT_KEYS = Object.keys(PROPERTIES) as (keyof typeof PROPERTIES)[];
const GEOMETRY_KEYS = ['clientList', 'transientFor', 'frameExtents', 'opaqueRegion', 'opacity'] as const;

/** Undefined when the window does not have it or is gone. */
export type ReadProperty = (atom: number) => Promise<XProperty | undefined>;

const FULLY_OPAQUE = 0xffffffff;

export async function internWindowAtoms(x: XConnection): Promise<WindowAtoms> {
  const names = Object.entries({ ...PROPERTIES, ...OTHERS });
  const atoms = await Promise.all(names.map(async ([key, name]) => [key, await x.internAtom(name)] as const));
  // The keys are those of the two tables.
  return Object.fromEntries(atoms) as WindowAtoms;
}

/** Does a change of this property change the facts? */
export function isFactAtom(atoms: WindowAtoms, atom: number): boolean {
  return FACT_KEYS.some((key) => atoms[key] === atom);
}

/** Does it change where a window hides what is behind it, or whose it is? */
export function isGeometryAtom(atoms: WindowAtoms, atom: number): boolean {
  return GEOMETRY_KEYS.some((key) => atoms[key] === atom);
}

export async function readWindowFacts(atoms: WindowAtoms, read: ReadProperty): Promise<WindowFacts> {
  const [netName, name, role, transientFor, windowType, frameExtents, opaqueRegion, opacity] = await Promise.all([
    read(atoms.netName),
    read(atoms.name),
    read(atoms.role),
    read(atoms.transientFor),
    read(atoms.windowType),
    read(atoms.frameExtents),
    read(atoms.opaqueRegion),
    read(atoms.opacity),
  ]);
  return {
    title: netName && netName.data.length > 0 ? netName.data.toString('utf8') : (name?.data.toString('latin1') ?? ''),
    role: role?.data.toString('latin1') ?? '',
    transientFor: numbersOf(transientFor)[0],
    isShell: numbersOf(windowType).some((type) => type === atoms.dock || type === atoms.desktop),
    frameExtents: numbersOf(frameExtents),
    opaqueRegion: opaqueRegion?.format === 32 ? rectsOf(numbersOf(opaqueRegion)) : undefined,
    isTranslucent: (numbersOf(opacity)[0] ?? FULLY_OPAQUE) < FULLY_OPAQUE,
  };
}

/** The 32-bit values of a property; none when it is of another format. */
export function numbersOf(property: XProperty | undefined): number[] {
  if (property?.format !== 32) return [];
  return Array.from({ length: property.data.length >> 2 }, (_, i) => property.data.readUInt32LE(i * 4));
}

/** x, y, width and height of one after the other. */
function rectsOf(numbers: readonly number[]): Rect[] {
  return Array.from({ length: numbers.length >> 2 }, (_, i) => {
    const [x = 0, y = 0, width = 0, height = 0] = numbers.slice(i * 4, i * 4 + 4);
    return { x: x | 0, y: y | 0, width, height };
  });
}
