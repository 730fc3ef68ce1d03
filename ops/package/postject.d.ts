declare module 'postject' {
  export function inject(
    filename: string,
    resourceName: string,
    resource: Uint8Array,
    options?: { sentinelFuse?: string },
  ): Promise<void>;
}
