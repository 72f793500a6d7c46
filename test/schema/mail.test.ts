import { afterAll, beforeAll, expect, it } from 'vitest';
import { Secret } from '../../src/lib/secret.ts';
import { createApiKey } from '../../src/services/apiKeys/create.ts';
import { createClient } from '../../src/services/clients/create.ts';
import { queue } from '../services/mails/support.ts';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';
import { createPerson } from '../support/people.ts';
import type { TestSmtp } from '../support/smtp.ts';
import { SENDER, startSmtp } from '../support/smtp.ts';
import { waitFor } from '../support/waitFor.ts';

const LOGIN = { user: 'mailer', password: 'canary-password-0001' };

let smtp: TestSmtp;
let refuse = false;
let test: TestApp;
let bare: TestApp;
beforeAll(async () => {
  smtp = await startSmtp({ login: LOGIN, fate: () => (refuse ? 550 : 'ACCEPT') });
  test = await startTestApp({
    config: { mail: { smtpUrl: new Secret(smtp.url), from: SENDER, reportTo: [] } },
  });
  bare = await startTestApp({ jobs: false });
});
afterAll(async () => {
  await test.stop();
  await bare.stop();
  await smtp.stop();
});

interface MailAnswer {
  id: string;
  status: string;
  reason: string | null;
  recipients: string[];
  subject: string;
  text: string;
  html: string;
  client: { name: string } | null;
}

const FIELDS = 'id status reason recipients subject text html client { name }';

async function ask(app: TestApp, document: string, variables = {}): Promise<MailAnswer> {
  const answer = await app.client().request<Record<string, MailAnswer>>(document, variables);
  const [mail] = Object.values(answer);
  if (!mail) throw new Error('no answer');
  return mail;
}

const sendTest = (app: TestApp, to: string | null = null) =>
  ask(app, `mutation ($to: String) { sendTestMail(to: $to) { ${FIELDS} } }`, { to });

const read = (app: TestApp, id: string) =>
  ask(app, `query ($id: ID!) { node(id: $id) { ... on Mail { ${FIELDS} } } }`, { id });

async function ended(app: TestApp, id: string, status: string): Promise<MailAnswer> {
  return waitFor(
    async () => {
      const mail = await read(app, id);
      return mail.status === status ? mail : null;
    },
    { what: `the mail to be ${status}` },
  );
}

it('a test mail is sent at once, by the same process, to the address that was given', async () => {
  const asked = await sendTest(test, ' Anna@Client.example');
  expect(asked).toMatchObject({ recipients: ['anna@client.example'], client: null });
  await ended(test, asked.id, 'SENT');
  expect(smtp.received.at(-1)?.to).toEqual(['anna@client.example']);
  expect(smtp.received.at(-1)?.parsed.html).toContain(test.app.http.url);
});

it('without an address it goes to the admins who can sign in', async () => {
  const admin = await createPerson(test.system, { role: 'ADMIN' });
  const { id: seen } = await createClient(test.system, { name: 'Seen', timezone: 'UTC', currency: 'EUR' });
  await createPerson(test.system, { role: 'VIEWER', clientIds: [seen] });
  const gone = await createPerson(test.system, { role: 'ADMIN' });
  await test.system.db.prisma.user.update({ where: { id: gone.id }, data: { disabledAt: new Date() } });
  expect((await sendTest(test)).recipients).toEqual([admin.email]);
});

it.each(['x', 'a@b.example, c@d.example', 'a@b.example\r\nBcc: eve@evil.example'])(
  '%j is no address',
  async (to) => {
    await expect(sendTest(test, to)).rejects.toThrow('e-mail address');
  },
);

it('what was refused can be tried again; what was sent cannot', async () => {
  refuse = true;
  const { id } = await sendTest(test, 'ivan@client.example');
  expect((await ended(test, id, 'FAILED')).reason).toContain('550');
  refuse = false;
  const retry = `mutation ($id: ID!) { retryMail(id: $id) { ${FIELDS} } }`;
  expect((await ask(test, retry, { id })).status).toBe('QUEUED');
  await ended(test, id, 'SENT');
  await expect(ask(test, retry, { id })).rejects.toThrow('This mail is SENT');
});

it('a held mail is released', async () => {
  const { mailId } = await queue(test.system, { hold: 'Two days are missing.' });
  const id = Buffer.from(`Mail:${mailId}`).toString('base64url');
  expect(await read(test, id)).toMatchObject({ status: 'HELD', reason: 'Two days are missing.' });
  await ask(test, `mutation ($id: ID!) { releaseMail(id: $id) { ${FIELDS} } }`, { id });
  await ended(test, id, 'SENT');
});

it('without a mail server mails are kept and can be read, by status, kind and client', async () => {
  const { id: clientId } = await createClient(bare.system, {
    name: 'Зерно',
    timezone: 'UTC',
    currency: 'EUR',
  });
  await queue(bare.system, { clientId, kind: 'COMPLETENESS' });
  await queue(bare.system, { recipients: [] });
  expect(await sendTest(bare, 'a@b.example')).toMatchObject({
    status: 'NOT_SENT',
    reason: 'No mail server is set (SMTP_URL).',
    subject: 'Tributary: test mail',
  });
  const list = async (args: string) => {
    const document = `{ mails${args} { nodes { ${FIELDS} } } }`;
    const { mails } = await bare.client().request<{ mails: { nodes: MailAnswer[] } }>(document);
    return mails.nodes;
  };
  const all = await list('');
  expect(all.map((mail) => mail.status)).toEqual(['NOT_SENT', 'SKIPPED', 'NOT_SENT']);
  expect(await list('(status: SKIPPED)')).toEqual([all[1]]);
  expect(await list('(kind: "COMPLETENESS")')).toEqual([all[2]]);
  const client = Buffer.from(`Client:${clientId}`).toString('base64url');
  expect(await list(`(clientId: "${client}")`)).toEqual([all[2]]);
  expect(all[2]).toMatchObject({ client: { name: 'Зерно' }, html: '<p>Здравствуйте</p>' });
});

it('a hundred mails of many clients cost as many statements as one', async () => {
  for (let n = 0; n < 12; n++) {
    const client = await createClient(bare.system, {
      name: `Many ${String(n)}`,
      timezone: 'UTC',
      currency: 'EUR',
    });
    await queue(bare.system, { clientId: client.id, kind: 'MANY' });
  }
  const count = async (first: number) => {
    bare.takeQueries();
    await bare
      .client()
      .request(`{ mails(kind: "MANY", first: ${String(first)}) { nodes { ${FIELDS} run { id } } } }`);
    return bare.takeQueries().length;
  };
  const few = await count(1);
  expect(await count(12)).toBe(few);
});

it('who gets a client’s reports is told to admins alone', async () => {
  const { id, slug } = await createClient(bare.system, { name: 'Told', timezone: 'UTC', currency: 'EUR' });
  const input = { id: Buffer.from(`Client:${id}`).toString('base64url'), recipients: ['A@told.example'] };
  const change = 'mutation ($input: UpdateClientInput!) { updateClient(input: $input) { recipients } }';
  const { updateClient } = await bare
    .client()
    .request<{ updateClient: { recipients: string[] } }>(change, { input });
  expect(updateClient.recipients).toEqual(['a@told.example']);
  const { secret } = await createApiKey(bare.system, { name: 'v', role: 'VIEWER', clientIds: [id] });
  const { client } = await bare
    .client(secret.reveal())
    .request<{ client: unknown }>(`{ client(slug: "${slug}") { name recipients } }`);
  expect(client).toEqual({ name: 'Told', recipients: null });
});

it('neither the password nor an address is in the log', () => {
  for (const text of [LOGIN.password, smtp.url, 'anna@client.example', 'ivan@client.example']) {
    expect(test.logged()).not.toContain(text);
  }
  expect(test.logged()).toContain('mail failed');
});
