/**
 * Encoders of H.264 by the names that FFmpeg gives them, with what makes each of them quick: one picture in, one out, keys
 * when asked for, nothing reordered. An option that an encoder does not know is an error.
 */
export interface VideoCodec {
  name: string;
  pixels: 'yuv420p' | 'nv12';
  /** PCI number of the only maker whose graphics cards have it. */
  vendor?: string;
  options: Readonly<Record<string, string>>;
}

/** On the processor; always there, and good for any size. */
export const PROCESSOR_CODEC: VideoCodec = {
  name: 'libx264',
  pixels: 'yuv420p',
  options: {
    preset: 'superfast',
    tune: 'zerolatency',
    // x264's quality scale: 18 cannot be told from the original, 28 is visibly soft. The rate limit comes on top.
    crf: '23',
    'forced-idr': '1',
    'x264-params': 'keyint=infinite:scenecut=0',
  },
};

/** On graphics cards, best first: NVIDIA, Intel, AMD, and what Windows knows of others. Nobody has seen one of them work. */
export const GRAPHICS_CODECS: readonly VideoCodec[] = [
  {
    name: 'h264_nvenc',
    pixels: 'nv12',
    vendor: '10de',
    options: { preset: 'p3', tune: 'ull', rc: 'vbr', cq: '23', zerolatency: '1', delay: '0', 'forced-idr': '1' },
  },
  {
    name: 'h264_qsv',
    pixels: 'nv12',
    vendor: '8086',
    options: { preset: 'veryfast', async_depth: '1', forced_idr: '1', look_ahead: '0', scenario: 'displayremoting' },
  },
  {
    name: 'h264_amf',
    pixels: 'nv12',
    vendor: '1002',
    options: { usage: 'ultralowlatency', quality: 'speed', rc: 'vbr_latency', forced_idr: '1', header_spacing: '1' },
  },
  {
    name: 'h264_mf',
    pixels: 'nv12',
    options: { rate_control: 'ld_vbr', scenario: 'display_remoting', hw_encoding: '1' },
  },
];

/** Those that are worth a try with graphics cards of these makers; drivers of others would be searched for in vain, and long. */
export function codecsOf(vendors: readonly string[] | undefined): readonly VideoCodec[] {
  if (vendors === undefined) return [];
  return GRAPHICS_CODECS.filter(({ vendor }) => vendor === undefined || vendors.includes(vendor));
}
