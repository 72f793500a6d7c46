import { createSecretKey, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { EncryptionKey, KeyStore } from './keyRing.ts';

const KEY_BYTES = 32;
const OWNER_ONLY = 0o600;

/** The name of the only key of a file that was written before keys had names. */
const UNNAMED = 'generated';
const NAMED_LINE = /^(?:([\w.-]+):)?([A-Za-z0-9+/]+=*)$/;

/** A new random key under this name. */
export function newKey(id: string): EncryptionKey {
  return { id, key: createSecretKey(randomBytes(KEY_BYTES)) };
}

/**
 * Reads a key file: a line `keyId:base64` for each key, the first one encrypts; a line without a name is the key
 * `generated`. Throws an Error that names the line, never what stands in it.
 */
export function parseKeyFile(text: string): EncryptionKey[] {
  return text.split('\n').flatMap((line, index) => {
    if (line.trim() === '') return [];
    const [, id = UNNAMED, encoded = ''] = NAMED_LINE.exec(line.trim()) ?? [];
    const key = Buffer.from(encoded, 'base64');
    if (key.length !== KEY_BYTES) {
      throw new Error(
        `The key file is damaged: line ${String(index + 1)} is no keyId:base64 of ${String(KEY_BYTES)} bytes.`,
      );
    }
    return [{ id, key: createSecretKey(key) }];
  });
}

export function formatKeyFile(keys: readonly EncryptionKey[]): string {
  return keys.map(({ id, key }) => `${id}:${key.export().toString('base64')}\n`).join('');
}

/** The keys in a file of mode 0600. Whoever reads sees the file as it was before a change or after it, never half. */
export function keyFile(path: string): KeyStore {
  return {
    read: () => parseKeyFile(readFileSync(path, 'utf8')),
    write: (keys) => replaceFile(path, formatKeyFile(keys)),
  };
}

/** On the disk when it resolves: what is encrypted next must not outlive its key when the machine stops. */
async function replaceFile(path: string, text: string): Promise<void> {
  const beside = `${path}.${String(process.pid)}.new`;
  try {
    await writeDurably(beside, text);
    await rename(beside, path);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function writeDurably(path: string, text: string): Promise<void> {
  await rm(path, { force: true });
  const file = await open(path, 'wx', OWNER_ONLY);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}
