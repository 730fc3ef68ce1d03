declare module 'postject' {
  export function inject(
    filename: string,
    resourceName: string,
    resource: Uint8Array,
    options?: { sentinelFuse?: string; machoSegmentName?: string },
  ): Promise<void>;
}
