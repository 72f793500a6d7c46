import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import type { Message } from '../../src/pubsub/message.ts';
import { encodeMessage, parseMessage } from '../../src/pubsub/message.ts';

const messages: Message[] = [
  { t: 'runProgress', id: randomUUID(), seq: 0 },
  { t: 'runFinished', id: randomUUID(), seq: 2_147_483_647 },
  { t: 'accessRevoked', kind: 'SESSION', id: randomUUID() },
];

it.each(messages)('reads what it wrote, in a few dozen bytes: $t', (message) => {
  const payload = encodeMessage(message);
  expect(parseMessage(payload)).toEqual(message);
  expect(Buffer.byteLength(payload)).toBeLessThan(100);
});

it.each([
  ['nothing', ''],
  ['no JSON', '{"t":"runProgress"'],
  ['a kind of a later version', `{"t":"later","id":"${randomUUID()}"}`],
  ['an id that is none', '{"t":"runProgress","id":"1; DROP","seq":1}'],
  ['a half', `{"t":"runProgress","id":"${randomUUID()}","seq":1.5}`],
])('makes nothing of %s', (_what, payload) => {
  expect(parseMessage(payload)).toBeNull();
});
