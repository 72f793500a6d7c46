import { randomToken, sha256 } from '../../lib/crypto.ts';
import { Secret } from '../../lib/secret.ts';

const SECRET_BYTES = 32;
const SHAPE = /^trb_([0-9a-f]{32})_([\w-]{43})$/;

/** `trb_<id without hyphens>_<256 random bits>`: the id finds the row, the hash of the rest proves it. */
export function newApiKeySecret(id: string): { secret: Secret; hash: Buffer } {
  const random = randomToken(SECRET_BYTES);
  return { secret: new Secret(`trb_${id.replaceAll('-', '')}_${random}`), hash: sha256(random) };
}

/** Takes a key apart; null for what is not of that shape. */
export function readApiKeySecret(text: string): { id: string; hash: Buffer } | null {
  const [, hex, random] = SHAPE.exec(text) ?? [];
  if (!hex || !random) return null;
  const id = hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  return { id, hash: sha256(random) };
}
