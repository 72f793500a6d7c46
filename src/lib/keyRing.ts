import type { KeyObject } from 'node:crypto';

/** A key of the ring: 32 bytes, which nothing prints, under a name that is stored beside what it encrypted. */
export interface EncryptionKey {
  id: string;
  key: KeyObject;
}

/** The encryption keys of an installation. They may change while the process runs, so ask again each time. */
export interface KeyRing {
  /** The key that encrypts, as of now. Throws when there is none. */
  first(): EncryptionKey;
  /** A key that decrypts; looks once more where the keys are kept before it answers null. */
  find(id: string): EncryptionKey | null;
  /** The keys as of now, the first one encrypts. */
  all(): readonly EncryptionKey[];
  /** Puts other keys in place of these. Null: they are the environment's, which only people change. */
  readonly replace: ((keys: readonly EncryptionKey[]) => Promise<void>) | null;
}

/** A ring that stays as it is: the environment's. */
export function fixedKeyRing(keys: readonly EncryptionKey[]): KeyRing {
  return {
    first: () => firstOf(keys),
    find: (id) => keys.find((candidate) => candidate.id === id) ?? null,
    all: () => keys,
    replace: null,
  };
}

/** Where a ring that can change is kept. */
export interface KeyStore {
  read(): readonly EncryptionKey[];
  write(keys: readonly EncryptionKey[]): Promise<void>;
}

/**
 * A ring that another process may change at any moment. What encrypts is read each time, because a key that is no longer
 * kept would lose what it encrypts. A key that decrypted once does so until the process ends: a row may have been read
 * in the moment before it was encrypted anew.
 */
export function storedKeyRing(store: KeyStore): KeyRing {
  const known = new Map<string, EncryptionKey>();
  const all = () => {
    const keys = store.read();
    for (const key of keys) known.set(key.id, key);
    return keys;
  };
  all();
  return {
    first: () => firstOf(all()),
    find: (id) => {
      if (!known.has(id)) all();
      return known.get(id) ?? null;
    },
    all,
    replace: (keys) => store.write(keys),
  };
}

function firstOf(keys: readonly EncryptionKey[]): EncryptionKey {
  const [first] = keys;
  if (!first) throw new Error('The key ring is empty: set TRIBUTARY_SECRET_KEYS.');
  return first;
}
