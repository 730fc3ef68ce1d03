/** System V shared memory through libc, which JavaScript cannot reach. The only user of koffi for capture. */
import koffi from 'koffi';

const IPC_PRIVATE = 0;
const IPC_RMID = 0;
/** Create, readable and writable by this user alone. */
const SHMGET_FLAGS = 0o1000 | 0o600;
const PROT_READ = 1;
/** MAP_PRIVATE | MAP_FIXED | MAP_ANONYMOUS | MAP_NORESERVE on Linux. */
const MAP_FLAGS = 0x02 | 0x10 | 0x20 | 0x4000;

interface Libc {
  shmget(key: number, size: number, flags: number): number;
  shmat(id: number, address: null, flags: number): unknown;
  shmctl(id: number, command: number, buffer: null): number;
  mmap(address: unknown, length: number, protection: number, flags: number, fd: number, offset: number): unknown;
}

let libc: Libc | undefined;

export interface SharedSegment {
  id: number;
  bytes: Uint8Array;
  /** To be called once the X server has attached: the kernel then frees the segment with the last process, even after a crash. */
  markForRemoval(): void;
  /** Gives the memory back. `bytes` stays readable (zeros), so that a reader that is late cannot crash the process. */
  release(): void;
}

/** Throws when the kernel refuses (limits, container without IPC). */
export function createSharedSegment(byteLength: number): SharedSegment {
  const c = loadLibc();
  const id = c.shmget(IPC_PRIVATE, byteLength, SHMGET_FLAGS);
  if (id < 0) throw new Error(`shmget of ${byteLength} bytes failed with errno ${koffi.errno()}`);
  const address = c.shmat(id, null, 0);
  if (koffi.address(address) === 0xffff_ffff_ffff_ffffn) {
    const errno = koffi.errno();
    c.shmctl(id, IPC_RMID, null);
    throw new Error(`shmat failed with errno ${errno}`);
  }
  let isReleased = false;
  return {
    id,
    bytes: new Uint8Array(koffi.view(address, byteLength)),
    markForRemoval: () => void c.shmctl(id, IPC_RMID, null),
    release: () => {
      if (isReleased) return;
      isReleased = true;
      // Replaces the mapping (which detaches the segment) by empty pages at the same address.
      c.mmap(address, byteLength, PROT_READ, MAP_FLAGS, -1, 0);
    },
  };
}

function loadLibc(): Libc {
  if (libc) return libc;
  const process = koffi.load(null); // libc is already loaded by Node, glibc or musl
  libc = {
    shmget: process.func('int shmget(int key, size_t size, int flags)'),
    shmat: process.func('void *shmat(int id, const void *address, int flags)'),
    shmctl: process.func('int shmctl(int id, int command, void *buffer)'),
    mmap: process.func('void *mmap(void *address, size_t length, int protection, int flags, int fd, int64_t offset)'),
  };
  return libc;
}
