import { beforeEach, describe, expect, it } from 'vitest';
import type { SignInThrottle } from '../../../src/services/sessions/throttle.ts';
import { createSignInThrottle, networkOf } from '../../../src/services/sessions/throttle.ts';

let throttle: SignInThrottle;
beforeEach(() => {
  throttle = createSignInThrottle();
});

const A = '192.0.2.1';

/** How many of `count` attempts are let through; `email` makes the e-mail of each. */
async function admitted(
  count: number,
  email: (index: number) => string,
  address: string = A,
): Promise<number> {
  const attempts = Array.from({ length: count }, (_, index) =>
    throttle.admit({ address, email: email(index) }).then(
      () => 1,
      (error: unknown) => {
        expect(error).toMatchObject({ code: 'RATE_LIMITED' });
        return 0;
      },
    ),
  );
  return (await Promise.all(attempts)).reduce<number>((sum, one) => sum + one, 0);
}

describe('the throttle of sign-ins', () => {
  it('lets five failures of one e-mail through, from whatever address and however it is written', async () => {
    const written = ['a@x.org', ' A@X.org', 'a@x.ORG '];
    expect(await admitted(3, (index) => written[index] ?? '')).toBe(3);
    expect(await admitted(9, () => 'a@x.org', '192.0.2.2')).toBe(2);
    expect(await admitted(1, () => 'b@x.org', '192.0.2.2')).toBe(1);
  });

  it('lets twenty failures of one address through, and then locks no e-mail', async () => {
    expect(await admitted(30, (index) => `${index}@x.org`)).toBe(20);
    expect(await admitted(30, () => 'victim@x.org')).toBe(0);
    expect(await admitted(1, () => 'victim@x.org', '192.0.2.2')).toBe(1);
  });

  it('starts the e-mail anew after a success', async () => {
    const attempt = { address: A, email: 'a@x.org' };
    expect(await admitted(5, () => attempt.email)).toBe(5);
    await throttle.succeeded({ ...attempt, email: ' A@x.org' });
    expect(await admitted(6, () => attempt.email)).toBe(5);
  });

  it('counts no success, and does not forget failures at other e-mails for one', async () => {
    for (let count = 0; count < 40; count += 1) {
      const attempt = { address: A, email: 'own@x.org' };
      await throttle.admit(attempt);
      await throttle.succeeded(attempt);
    }
    expect(await admitted(19, (index) => `${index}@x.org`)).toBe(19);
    await throttle.admit({ address: A, email: 'own@x.org' });
    await throttle.succeeded({ address: A, email: 'own@x.org' });
    expect(await admitted(2, (index) => `other-${index}@x.org`)).toBe(1);
  });
});

it.each([
  ['192.0.2.1', '192.0.2.1'],
  [null, 'unknown'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8:1:2::9', '2001:db8:1:2'],
  ['2001:db8::9', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::', 'fe80:0:0:0'],
])('the address %s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
