import { randomBytes, scrypt } from 'node:crypto';
import { badInput } from '../../errors.ts';
import { sameBytes } from '../../lib/crypto.ts';
import type { Secret } from '../../lib/secret.ts';

/** OWASP's setting of scrypt for 32 MiB a hash; about a quarter of a second of one core. */
const COST = { N: 2 ** 15, r: 8, p: 3 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
const MOST_MEMORY = 256 * 2 ** 20;
const SHORTEST = 12;
const LONGEST = 200;
const STORED = /^scrypt\$(\d{1,8})\$(\d{1,3})\$(\d{1,3})\$([\w-]+)\$([\w-]+)$/;

/** Throws BAD_USER_INPUT for a password that is too short, too long or the e-mail itself. Never repeats it. */
export function checkPassword(password: Secret, email: string): void {
  const length = [...plain(password)].length;
  if (length < SHORTEST) throw badInput(`password must have at least ${SHORTEST} characters.`);
  if (length > LONGEST) throw badInput(`password must have at most ${LONGEST} characters.`);
  if (plain(password).trim().toLowerCase() === email)
    throw badInput('password must not be the e-mail address.');
}

/** `scrypt$N$r$p$salt$hash`, base64url: what is stored says how it was made. */
export async function hashPassword(password: Secret): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, salt, COST);
  const { N, r, p } = COST;
  return `scrypt$${N}$${r}$${p}$${salt.toString('base64url')}$${hash.toString('base64url')}`;
}

/** Whether it is the password of `stored`. With null (nobody's) it takes as long, and is false. */
export async function isPassword(stored: string | null, password: Secret): Promise<boolean> {
  const [, N, r, p, salt, hash] = STORED.exec(stored ?? NOBODYS) ?? [];
  if (!salt || !hash) throw new Error('A stored password hash cannot be read.');
  const expected = Buffer.from(hash, 'base64url');
  const cost = { N: Number(N), r: Number(r), p: Number(p) };
  const found = await derive(password, Buffer.from(salt, 'base64url'), cost);
  return sameBytes(found, expected) && stored !== null;
}

/** A hash that no password has: sixteen and thirty-two zero bytes. */
const NOBODYS = `scrypt$${COST.N}$${COST.r}$${COST.p}$${'A'.repeat(22)}$${'A'.repeat(43)}`;

/** One keyboard writes é as one character, another as two (NIST SP 800-63B, 3.1.1.2). */
function plain(password: Secret): string {
  return password.reveal().normalize('NFKC');
}

function derive(password: Secret, salt: Buffer, cost: { N: number; r: number; p: number }): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(plain(password), salt, HASH_BYTES, { ...cost, maxmem: MOST_MEMORY }, (error, hash) => {
      if (error) reject(error);
      else resolve(hash);
    });
  });
}
