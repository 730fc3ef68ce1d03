/**
 * Which device the match code was answered with in this session. Both ends sign every later agreement with keys whose
 * certificates that code compared, so the same certificates prove the same ends, without the code.
 */
import { sha256, toHex, type Bytes } from '../../../../protocol/bytes.ts';

export interface DeviceMemory {
  /** SHA-256 of the session certificate, hex; null when no code was answered here yet. */
  read(): string | null;
  write(fingerprint: string): void;
  forget(): void;
}

export function deviceMemory(
  sessionId: string,
  storage: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>,
): DeviceMemory {
  const key = `handrail.device.${sessionId}`;
  return {
    read: () => storage.getItem(key),
    write: (fingerprint) => storage.setItem(key, fingerprint),
    forget: () => storage.removeItem(key),
  };
}

export async function fingerprintOf(certificateDer: Bytes): Promise<string> {
  return toHex(await sha256(certificateDer));
}
