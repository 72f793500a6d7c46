import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, expect, it } from 'vitest';
import { ConnectorError } from '../../../src/connectors/errors.ts';
import { keptMail } from '../../../src/connectors/mail/kept.ts';
import type { SmtpOptions, TestSmtp } from '../../support/smtp.ts';
import { connectorTo, SENDER, startSmtp } from '../../support/smtp.ts';

const MAIL = {
  messageId: '<1@agency.example>',
  recipients: ['anna@client.example'],
  subject: 'Ноябрь сохранён',
  html: '<p>Кофейня «Зерно»</p>',
  text: 'Кофейня «Зерно»',
};

const servers: TestSmtp[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function smtp(options: SmtpOptions = {}): Promise<TestSmtp> {
  const server = await startSmtp(options);
  servers.push(server);
  return server;
}

async function errorOf(work: Promise<unknown>): Promise<ConnectorError> {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ConnectorError)) throw new Error(`no ConnectorError: ${inspect(error)}`);
  return error;
}

it('a mail arrives whole: both parts, names in any script, its Message-ID', async () => {
  const server = await smtp();
  const long = `${'слово '.repeat(3_000)}конец`;
  await server.connector().send({ ...MAIL, html: `<p>${long}</p>`, text: long });
  const [got] = server.received;
  expect(got?.to).toEqual(MAIL.recipients);
  expect(got?.parsed.messageId).toBe(MAIL.messageId);
  expect(got?.parsed.subject).toBe(MAIL.subject);
  expect(got?.parsed.from).toEqual(SENDER);
  expect(got?.parsed.text?.trim()).toBe(long);
  expect(got?.parsed.html?.trim()).toBe(`<p>${long}</p>`);
  // RFC 5321 §4.5.3.1.6: a line has at most 1000 octets.
  expect(Math.max(...(got?.raw.split('\r\n') ?? []).map((line) => Buffer.byteLength(line)))).toBeLessThan(
    998,
  );
});

it('a line break in a subject begins no header', async () => {
  const server = await smtp();
  await server.connector().send({ ...MAIL, subject: 'a\r\nBcc: eve@evil.example\r\n\r\nbody' });
  const [got] = server.received;
  expect(got?.to).toEqual(MAIL.recipients);
  expect(got?.raw).not.toMatch(/^Bcc:/m);
  expect(got?.parsed.bcc).toBeUndefined();
});

it.each([
  [451, 'RETRY'],
  [421, 'RETRY'],
  [550, 'FIX'],
  [554, 'FIX'],
] as const)('%s to DATA is %s', async (code, failure) => {
  const server = await smtp({ fate: () => code });
  const error = await errorOf(server.connector().send(MAIL));
  expect(error).toMatchObject({ failure, status: code });
  expect(error.message).toContain(String(code));
  expect(error.message).not.toContain('words');
});

it.each([
  ['refused for good', [550, 550], { failure: 'FIX' }],
  ['one of two may go later', [550, 451], { failure: 'RETRY' }],
])('all recipients refused: %s', async (_what, codes, expected) => {
  const server = await smtp({ recipient: (address) => codes[Number(address.startsWith('b'))] ?? 250 });
  const error = await errorOf(
    server.connector().send({ ...MAIL, recipients: ['a@client.example', 'b@client.example'] }),
  );
  expect(error).toMatchObject(expected);
  expect(inspect(error, { depth: 9 })).not.toContain('client.example');
});

it('who takes it for some says for whom it did not', async () => {
  const codes: Record<string, number> = { 'b@client.example': 550, 'c@client.example': 451 };
  const server = await smtp({ recipient: (address) => codes[address] ?? 250 });
  const recipients = ['a@client.example', 'b@client.example', 'c@client.example'];
  const delivery = await server.connector().send({ ...MAIL, recipients });
  expect(delivery).toEqual({ refused: 1, deferred: ['c@client.example'] });
  expect(server.received.map((mail) => mail.to)).toEqual([['a@client.example']]);
});

it.each(['HANG', 'CUT', 'DIE'] as const)('a server that does %s is no answer', async (fate) => {
  const server = await smtp({ fate: () => fate });
  const error = await errorOf(server.connector({ idle: 300 }).send(MAIL));
  expect(error).toMatchObject({ failure: 'RETRY', status: undefined });
});

it('a server that keeps dripping has an end', async () => {
  const dripping = createServer((socket) => {
    const timer = setInterval(() => socket.write('220-not yet\r\n'), 50);
    socket.on('close', () => clearInterval(timer)).on('error', () => undefined);
  });
  await new Promise<void>((resolve) => dripping.listen(0, '127.0.0.1', resolve));
  const url = `smtp://127.0.0.1:${String((dripping.address() as AddressInfo).port)}`;
  const started = performance.now();
  const error = await errorOf(connectorTo(url, { connect: 20_000, idle: 20_000, whole: 500 }).send(MAIL));
  expect(error.failure).toBe('RETRY');
  expect(performance.now() - started).toBeLessThan(5_000);
  dripping.close();
});

it('no server is a connection that failed', async () => {
  const error = await errorOf(connectorTo('smtp://127.0.0.1:1').send(MAIL));
  expect(error).toMatchObject({ failure: 'RETRY', status: undefined });
});

it('signs in, and says so when it may not, without the password', async () => {
  const login = { user: 'reports@agency.example', password: 'p@ss/word:1' };
  const server = await smtp({ login });
  await server.connector().verify();
  await server.connector().send(MAIL);
  expect(server.received).toHaveLength(1);
  const wrong = connectorTo(server.url.replace('1@', '2@'));
  for (const error of [await errorOf(wrong.send(MAIL)), await errorOf(wrong.verify())]) {
    expect(error).toMatchObject({ failure: 'REAUTHORIZE', concerns: 'CREDENTIAL', status: 535 });
    const said = inspect(error, { depth: 9, showHidden: true });
    for (const secret of ['p@ss/word', 'p%40ss', login.user, Buffer.from('p@ss/word:2').toString('base64')]) {
      expect(said).not.toContain(secret);
    }
  }
});

it('a password does not go over a network in the clear', async () => {
  // The address leads to this machine but does not look like it.
  const plain = createServer((socket) => {
    const said: string[] = [];
    socket.write('220 here\r\n');
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      said.push(chunk.toString('utf8'));
      heard.push(said.join(''));
      socket.write(
        chunk.toString('utf8').startsWith('EHLO') ? '250-here\r\n250 AUTH PLAIN\r\n' : '502 no\r\n',
      );
    });
  });
  const heard: string[] = [];
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  const port = String((plain.address() as AddressInfo).port);
  const outside = connectorTo(`smtp://user:password@[::ffff:127.0.0.1]:${port}`);
  const error = await errorOf(outside.send(MAIL));
  expect(error).toMatchObject({ failure: 'RETRY', status: undefined });
  expect(heard.join('')).toContain('EHLO');
  expect(heard.join('')).not.toContain('AUTH');
  plain.close();
});

it('without a server nothing goes', async () => {
  expect(keptMail().delivers).toBe(false);
  expect(await errorOf(keptMail().send(MAIL))).toMatchObject({ failure: 'FIX' });
});
