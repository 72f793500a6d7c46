import { randomBytes } from 'node:crypto';

/** Texts that were never written before, so that finding one anywhere means that it got there from here. */
export type Canaries = Readonly<Record<string, string>>;

/** Short, and of no known token's shape, so that no pattern hides what nothing else would have hidden. */
export function newCanary(): string {
  return `cnry${randomBytes(4).toString('hex')}`;
}

/** A canary in every form in which it may be found. */
function formsOf(canary: string): string[] {
  const bytes = Buffer.from(canary);
  // Inside a longer text base64 has three ways to write the same bytes; the ends differ with the neighbours.
  const base64 = [0, 1, 2].map((shift) =>
    Buffer.concat([Buffer.alloc(shift), bytes])
      .toString('base64')
      .replace(/=+$/, '')
      .slice(shift + 1, -2),
  );
  return [canary, bytes.toString('hex'), encodeURIComponent(canary), ...base64];
}

/** The names of the canaries that are found in a text or in bytes. */
export function found(canaries: Canaries, where: string | Buffer): string[] {
  return Object.entries(canaries)
    .filter(([, canary]) => formsOf(canary).some((form) => where.includes(form)))
    .map(([name]) => name);
}

/** Where it was found, with what stands around it, for people to look for the leak. */
export function leaks(canaries: Canaries, places: Iterable<readonly [string, string | Buffer]>): string[] {
  return [...places].flatMap(([place, where]) =>
    found(canaries, where).map((name) => `${name} in ${place}: ${around(canaries[name] ?? '', where)}`),
  );
}

function around(canary: string, where: string | Buffer): string {
  const at = Math.max(...formsOf(canary).map((form) => where.indexOf(form)));
  const from = Math.max(0, at - 120);
  return (typeof where === 'string' ? where : where.toString('latin1')).slice(from, at + 80);
}
