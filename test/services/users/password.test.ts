import { scryptSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { Secret } from '../../../src/lib/secret.ts';
import { checkPassword, hashPassword, isPassword } from '../../../src/services/users/password.ts';

const secret = (text: string) => new Secret(text);

describe('a stored password', () => {
  it('says how it was made, and is another each time', async () => {
    const [one, two] = await Promise.all([
      hashPassword(secret('twelve chars')),
      hashPassword(secret('twelve chars')),
    ]);
    const [, name, n] = /^(scrypt)\$(\d+)\$8\$3\$[\w-]{22}\$[\w-]{43}$/.exec(one) ?? [];
    expect(name).toBe('scrypt');
    expect(Number(n)).toBeGreaterThanOrEqual(2 ** 15);
    expect(one).not.toBe(two);
  });

  it('is known again, and no other is', async () => {
    const stored = await hashPassword(secret('ca\u0301fe with milk'));
    expect(await isPassword(stored, secret('c\u00E1fe with milk'))).toBe(true);
    for (const wrong of ['', 'C\u00E1fe with milk']) {
      expect(await isPassword(stored, secret(wrong))).toBe(false);
    }
  });

  it('is judged by the parameters it was made with', async () => {
    const cheap =
      'scrypt$16$8$1$AAECAwQFBgcICQoLDA0ODw$' +
      scryptSync('an old password', Buffer.from([...Array(16).keys()]), 32, { N: 16, r: 8, p: 1 }).toString(
        'base64url',
      );
    expect(await isPassword(cheap, secret('an old password'))).toBe(true);
    expect(await isPassword(cheap, secret('an older password'))).toBe(false);
  });

  it('of nobody is no password, and costs as much to find out', async () => {
    const stored = await hashPassword(secret('twelve chars'));
    // Time of processors, not of the wall: other work on the machine does not count.
    const cost = async (against: string | null) => {
      const before = process.cpuUsage();
      expect(await isPassword(against, secret('not the password'))).toBe(false);
      return process.cpuUsage(before).user;
    };
    const real = await cost(stored);
    const nobodys = await cost(null);
    expect(nobodys / real).toBeGreaterThan(0.4);
    expect(nobodys / real).toBeLessThan(2.5);
  });
});

describe('the rules', () => {
  it.each([
    ['\u{1F600}'.repeat(11), /at least 12/],
    ['a'.repeat(201), /at most 200/],
    [' Somebody@Example.com', /e-mail/],
  ])('refuse %j', (password, says) => {
    expect(() => checkPassword(secret(password), 'somebody@example.com')).toThrow(says);
  });

  it.each(['twelve chars', '\u{1F600}'.repeat(12), 'a'.repeat(200), 'somebody@example.org'])(
    'take %j',
    (password) => {
      expect(() => checkPassword(secret(password), 'somebody@example.com')).not.toThrow();
    },
  );
});
