import { expect, test } from 'vitest';
import { scrub } from '../../../../src/connectors/ads/meta/scrub.ts';

test.each([
  ['a token', 'Malformed access token EAAtest-token-0001', 'EAAtest'],
  ['an address with parameters', 'GET https://graph.facebook.com/v26.0/me?access_token=abc failed', 'abc'],
  ['a long run of letters and digits', 'proof 776b0354af07c90697e65960616fc46c is wrong', '776b0354'],
  ['an app token', 'token 1234567890|a1b2c3d4e5f6a7b8c9 is wrong', 'a1b2c3'],
  ['an e-mail address', 'ask owner@example.com', 'owner'],
  ['what is known to be secret', 'token hunter2 is wrong', 'hunter2'],
  ['NUL', 'a\0b', '\0'],
])('removes %s', (_name, message, gone) => {
  expect(scrub(message, ['hunter2'])).not.toContain(gone);
});

test('keeps what people need, cut to a readable length', () => {
  const message = "(#100) Object with ID 'act_1000000001' does not exist";
  expect(scrub(message)).toBe(message);
  expect(scrub('word '.repeat(1000)).length).toBeLessThanOrEqual(300);
  expect(scrub('😀'.repeat(1000)).isWellFormed()).toBe(true);
});
