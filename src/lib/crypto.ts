import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { KeyRing } from './keyRing.ts';

export interface Sealed {
  keyId: string;
  /** 12 bytes nonce, 16 bytes tag, then the ciphertext. */
  ciphertext: Uint8Array;
}

/**
 * Why something sealed cannot be opened: KEY_MISSING the ring has no such key, which may come back · CLOSED the key is
 * there, but the bytes were changed or cut, belong to another row, or the key of that name is another one.
 */
export type UnsealFailure = 'KEY_MISSING' | 'CLOSED';

/** Holds a key's name at most: neither the bytes nor what they may be. */
export class UnsealError extends Error {
  override readonly name = 'UnsealError';
  readonly failure: UnsealFailure;

  constructor(failure: UnsealFailure, keyId: string) {
    super(
      failure === 'KEY_MISSING'
        ? `The encryption key "${keyId}" is not in the key ring.`
        : `What was encrypted with the key "${keyId}" cannot be opened.`,
    );
    this.failure = failure;
  }
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts with AES-256-GCM (NIST SP 800-38D) under the ring's first key.
 * `boundTo` is the associated data: decrypting for another row fails closed.
 */
export function seal(
  ring: Pick<KeyRing, 'first'>,
  plaintext: string,
  boundTo: string,
): Sealed & { ciphertext: Buffer } {
  const first = ring.first();
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', first.key, nonce).setAAD(Buffer.from(boundTo));
  const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  return { keyId: first.id, ciphertext: Buffer.concat([nonce, cipher.getAuthTag(), body]) };
}

/** Decrypts what `seal` made. Throws UnsealError when the key is gone, the bytes were changed or the row is another. */
export function unseal(ring: Pick<KeyRing, 'find'>, sealed: Sealed, boundTo: string): string {
  const found = ring.find(sealed.keyId);
  if (!found) throw new UnsealError('KEY_MISSING', sealed.keyId);
  const bytes = Buffer.from(sealed.ciphertext);
  try {
    const decipher = createDecipheriv('aes-256-gcm', found.key, bytes.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(Buffer.from(boundTo));
    decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
    const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
  } catch {
    throw new UnsealError('CLOSED', sealed.keyId);
  }
}

/** SHA-256. For secrets of full entropy only; people's passwords need scrypt. */
export function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}

/** Random text of `bytes` bytes, safe in a URL and a header. */
export function randomToken(bytes: number): string {
  return randomBytes(bytes).toString('base64url');
}

/** Compares without telling by its duration where the two differ. */
export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
