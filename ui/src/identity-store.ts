/** The browser's own database, because only it can keep a key that cannot be exported. */
export interface StoredIdentity {
  privateKey: CryptoKey;
  certificate: string;
  ca: string;
  serialNumber: string;
  notAfter: number;
}

const DATABASE = 'handrail';
const STORE = 'identity';

function settled<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser refused its database'));
  });
}

async function openStore(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return settled(request);
}

export async function readIdentity(personId: string): Promise<StoredIdentity | null> {
  const database = await openStore();
  try {
    // Written by writeIdentity alone, so its type is known.
    const found: StoredIdentity | undefined = await settled(
      database.transaction(STORE).objectStore(STORE).get(personId),
    );
    return found ?? null;
  } finally {
    database.close();
  }
}

/** Keeps this identity and forgets everyone else's: one browser profile, one agent at a time. */
export async function writeIdentity(personId: string, identity: StoredIdentity): Promise<void> {
  const database = await openStore();
  try {
    const store = database.transaction(STORE, 'readwrite').objectStore(STORE);
    await settled(store.clear());
    await settled(store.put(identity, personId));
  } finally {
    database.close();
  }
}

export async function forgetIdentities(): Promise<void> {
  const database = await openStore();
  try {
    await settled(database.transaction(STORE, 'readwrite').objectStore(STORE).clear());
  } finally {
    database.close();
  }
}
