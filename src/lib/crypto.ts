import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A key of the key ring: 32 bytes under a name that is stored beside what it encrypted. */
export interface EncryptionKey {
  id: string;
  key: Buffer;
}

export interface Sealed {
  keyId: string;
  /** 12 bytes nonce, 16 bytes tag, then the ciphertext. */
  ciphertext: Buffer;
}

const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Encrypts with AES-256-GCM (NIST SP 800-38D) under the ring's first key.
 * `boundTo` is the associated data: decrypting for another row fails closed.
 */
export function seal(ring: readonly EncryptionKey[], plaintext: string, boundTo: string): Sealed {
  const first = ring[0];
  if (!first) throw new Error('The key ring is empty: set TRIBUTARY_SECRET_KEYS.');
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', first.key, nonce).setAAD(Buffer.from(boundTo));
  const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  return { keyId: first.id, ciphertext: Buffer.concat([nonce, cipher.getAuthTag(), body]) };
}

/** Decrypts what `seal` made. Throws when the key is gone, the bytes were changed or the row is another one. */
export function unseal(ring: readonly EncryptionKey[], sealed: Sealed, boundTo: string): string {
  const found = ring.find((candidate) => candidate.id === sealed.keyId);
  if (!found) throw new Error(`No encryption key "${sealed.keyId}": add it to TRIBUTARY_SECRET_KEYS.`);
  const bytes = Buffer.from(sealed.ciphertext);
  const decipher = createDecipheriv('aes-256-gcm', found.key, bytes.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(Buffer.from(boundTo));
  decipher.setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  const body = bytes.subarray(NONCE_BYTES + TAG_BYTES);
  return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8');
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
