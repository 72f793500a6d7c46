import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConnectorError } from '../../../src/connectors/errors.ts';
import { keptMail } from '../../../src/connectors/mail/kept.ts';
import type { MailConnector } from '../../../src/connectors/mail/contract.ts';
import { inTransaction } from '../../../src/context.ts';
import type { Context } from '../../../src/context.ts';
import { retryMail, releaseMail } from '../../../src/services/mails/change.ts';
import { decideNextTry } from '../../../src/services/mails/decide.ts';
import { queueMail } from '../../../src/services/mails/queue.ts';
import { sendDueMails } from '../../../src/services/mails/send.ts';
import { triggerMails } from '../../../src/services/mails/trigger.ts';
import { createContext } from '../../jobs/support.ts';
import type { TestDatabase } from '../../support/database.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { SmtpOptions, TestSmtp } from '../../support/smtp.ts';
import { connectorTo, startSmtp } from '../../support/smtp.ts';
import { waitFor } from '../../support/waitFor.ts';
import { EMAIL, NEVER, passTime, queue, readMail } from './support.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());
beforeEach(() =>
  database.db.pool.query('TRUNCATE mails').catch(() => database.db.pool.query('DELETE FROM mails')),
);

const servers: TestSmtp[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.stop();
});

async function world(options: SmtpOptions = {}): Promise<{ server: TestSmtp; ctx: Context }> {
  const server = await startSmtp(options);
  servers.push(server);
  return { server, ctx: contextOf(server.connector({ idle: 300 })) };
}

function contextOf(mail: MailConnector): Context {
  return createContext(database.db, { mail });
}

const idsOf = (server: TestSmtp) => server.received.map((mail) => mail.parsed.messageId);

describe('queueing', () => {
  it('the same key is one mail, also when two queue it at once', async () => {
    const { ctx } = await world();
    const both = await Promise.all([1, 2].map(() => queue(ctx, { dedupeKey: 'one' })));
    expect(both.map((mail) => mail.created).sort()).toEqual([false, true]);
    expect(new Set(both.map((mail) => mail.mailId)).size).toBe(1);
  });

  it('what is rolled back is no mail', async () => {
    const { ctx } = await world();
    const work = inTransaction(ctx, async (sql) => {
      const mail = {
        kind: 'T',
        clientId: null,
        dedupeKey: 'gone',
        recipients: ['a@b.example'],
        email: EMAIL,
      };
      await queueMail(ctx, sql, mail);
      throw new Error('no');
    });
    await expect(work).rejects.toThrow('no');
    expect((await queue(ctx, { dedupeKey: 'gone' })).created).toBe(true);
  });

  it('its Message-ID is of the sender, its subject on one line, each recipient in it once', async () => {
    const { ctx } = await world();
    const { mailId } = await queue(ctx, {
      recipients: ['Anna@Client.example', 'anna@client.example ', 'b@c.example'],
      email: { ...EMAIL, subject: `a\r\nBcc: eve@evil.example\u2028${'я'.repeat(400)}\0` },
    });
    const mail = await readMail(database.db, mailId);
    expect(mail.message_id).toMatch(/^<[0-9a-f-]{36}@agency\.example>$/);
    expect(mail.recipients).toEqual(['anna@client.example', 'b@c.example']);
    expect(mail.subject).toMatch(/^a Bcc: eve@evil\.example я+…$/);
    expect([...mail.subject]).toHaveLength(250);
  });

  it('nobody to send it to is SKIPPED, no server is NOT_SENT and stays readable', async () => {
    const { ctx } = await world();
    expect((await queue(ctx, { recipients: [] })).status).toBe('SKIPPED');
    const kept = contextOf(keptMail());
    const { mailId, status } = await queue(kept);
    expect(status).toBe('NOT_SENT');
    expect(await triggerMails(kept, { trigger: 'MANUAL', scheduleId: null })).toBeNull();
    await expect(retryMail(kept, mailId)).rejects.toMatchObject({ code: 'CONFLICT' });
    await retryMail(ctx, mailId);
    expect((await sendDueMails(ctx, NEVER)).sent).toBe(1);
  });
});

describe('holding', () => {
  it('a held mail goes when it is released, and only then', async () => {
    const { ctx, server } = await world();
    const { mailId } = await queue(ctx, { hold: 'Two days are missing.' });
    expect(await sendDueMails(ctx, NEVER)).toEqual({ sent: 0, trouble: null });
    expect(await readMail(database.db, mailId)).toMatchObject({
      status: 'HELD',
      reason: 'Two days are missing.',
    });
    await expect(retryMail(ctx, mailId)).rejects.toMatchObject({ code: 'CONFLICT' });
    await releaseMail(ctx, mailId);
    await sendDueMails(ctx, NEVER);
    expect(await readMail(database.db, mailId)).toMatchObject({ status: 'SENT', reason: null, attempts: 1 });
    expect(server.received).toHaveLength(1);
    await expect(releaseMail(ctx, mailId)).rejects.toMatchObject({ code: 'CONFLICT' });
    await expect(retryMail(ctx, mailId)).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('sending', () => {
  it('451 twice, then 250: three tries of one Message-ID', async () => {
    const { ctx, server } = await world({ fate: (n) => (n < 2 ? 451 : 'ACCEPT') });
    const { mailId } = await queue(ctx);
    for (const attempts of [1, 2]) {
      const { sent, trouble } = await sendDueMails(ctx, NEVER);
      expect({ sent, trouble }).toEqual({ sent: 0, trouble: expect.stringContaining('451') as string });
      const mail = await readMail(database.db, mailId);
      expect(mail).toMatchObject({ status: 'QUEUED', attempts });
      expect(mail.next).toBeGreaterThan(25);
      // Not before its time.
      expect(await sendDueMails(ctx, NEVER)).toEqual({ sent: 0, trouble: null });
      await passTime(database.db);
    }
    await sendDueMails(ctx, NEVER);
    const mail = await readMail(database.db, mailId);
    expect(mail).toMatchObject({ status: 'SENT', attempts: 3, next: null, reason: null });
    expect(mail.sent_at).not.toBeNull();
    expect(idsOf(server)).toEqual([mail.message_id]);
  });

  it('550 is FAILED at once, and the next mail goes all the same', async () => {
    const { ctx, server } = await world({ fate: (n) => (n === 0 ? 550 : 'ACCEPT') });
    const first = await queue(ctx);
    const second = await queue(ctx);
    expect((await sendDueMails(ctx, NEVER)).sent).toBe(1);
    expect(await readMail(database.db, first.mailId)).toMatchObject({
      status: 'FAILED',
      attempts: 1,
      reason: 'The mail server refused the mail for good: 550 to DATA.',
    });
    expect(await readMail(database.db, second.mailId)).toMatchObject({ status: 'SENT' });
    await retryMail(ctx, first.mailId);
    await sendDueMails(ctx, NEVER);
    expect(server.received).toHaveLength(2);
  });

  it('six tries, then FAILED', async () => {
    const { ctx, server } = await world({ fate: () => 451 });
    const { mailId } = await queue(ctx);
    for (let round = 0; round < 8; round++) {
      await sendDueMails(ctx, NEVER);
      await passTime(database.db);
    }
    expect(server.connections()).toBe(6);
    expect(await readMail(database.db, mailId)).toMatchObject({ status: 'FAILED', attempts: 6 });
  });

  it.each(['HANG', 'CUT', 'DIE'] as const)(
    'a server that does %s gets it again, with the same Message-ID',
    async (fate) => {
      const { ctx, server } = await world({ fate: (n) => (n === 0 ? fate : 'ACCEPT') });
      const { mailId } = await queue(ctx);
      await sendDueMails(ctx, NEVER);
      expect((await readMail(database.db, mailId)).status).toBe('QUEUED');
      await passTime(database.db);
      await sendDueMails(ctx, NEVER);
      const { message_id: id, status } = await readMail(database.db, mailId);
      expect(status).toBe('SENT');
      expect(idsOf(server)).toEqual(fate === 'CUT' ? [id] : [id, id]);
    },
  );

  it('a server that is not there is asked once, not once for every mail', async () => {
    const { server, ctx } = await world();
    const away = contextOf(connectorTo('smtp://127.0.0.1:1'));
    const mails = [await queue(ctx), await queue(ctx)];
    await sendDueMails(away, NEVER);
    const tried = await Promise.all(mails.map(({ mailId }) => readMail(database.db, mailId)));
    expect(tried.map((mail) => mail.attempts)).toEqual([1, 0]);
    await passTime(database.db);
    expect((await sendDueMails(ctx, NEVER)).sent).toBe(2);
    expect(server.received).toHaveLength(2);
  });

  it('who is asked to wait while others got the mail gets his own; who got it gets no second', async () => {
    let waits = true;
    const { ctx, server } = await world({
      recipient: (address) => (address.startsWith('b') && waits ? 451 : address.startsWith('c') ? 550 : 250),
    });
    const { mailId } = await queue(ctx, { recipients: ['a@x.example', 'b@x.example', 'c@x.example'] });
    await sendDueMails(ctx, NEVER);
    expect(await readMail(database.db, mailId)).toMatchObject({
      status: 'SENT',
      reason:
        '1 of 3 recipients were refused for good. 1 of 3 recipients get it later, in a mail of their own.',
    });
    waits = false;
    await passTime(database.db);
    await sendDueMails(ctx, NEVER);
    expect(server.received.map((mail) => mail.to)).toEqual([['a@x.example'], ['b@x.example']]);
  });
});

describe('kills', () => {
  /** A process that dies at this point of the sending: what it does next is never done. */
  function dying(connector: MailConnector, at: 'BEFORE' | 'AFTER'): Context {
    const send: MailConnector['send'] = async (mail) => {
      if (at === 'AFTER') await connector.send(mail);
      throw new Error('killed');
    };
    return contextOf({ ...connector, send });
  }

  it.each([
    ['BEFORE', 1],
    ['AFTER', 2],
  ] as const)('killed %s the server takes it: never lost, at most once more', async (at, arrivals) => {
    const { ctx, server } = await world();
    const { mailId } = await queue(ctx);
    await expect(sendDueMails(dying(server.connector(), at), NEVER)).rejects.toThrow('killed');
    // It belongs to the dead for a while: nobody else sends it meanwhile.
    expect((await readMail(database.db, mailId)).attempts).toBe(1);
    expect(await sendDueMails(ctx, NEVER)).toEqual({ sent: 0, trouble: null });
    await passTime(database.db);
    await sendDueMails(ctx, NEVER);
    const { message_id: id } = await readMail(database.db, mailId);
    expect(idsOf(server)).toEqual(Array.from({ length: arrivals }, () => id));
  });

  it('a mail that ends the process each time ends FAILED', async () => {
    const { server } = await world();
    const { mailId } = await queue(contextOf(server.connector()));
    for (let kill = 0; kill < 6; kill++) {
      await expect(sendDueMails(dying(server.connector(), 'BEFORE'), NEVER)).rejects.toThrow('killed');
      await passTime(database.db);
    }
    await sendDueMails(contextOf(server.connector()), NEVER);
    expect(await readMail(database.db, mailId)).toMatchObject({ status: 'FAILED' });
    expect(server.received).toHaveLength(0);
  });

  it('a stop finishes the mail on its way and takes no other', async () => {
    const stop = new AbortController();
    const { ctx, server } = await world({ before: () => Promise.resolve(stop.abort()) });
    const mails = [await queue(ctx), await queue(ctx)];
    expect((await sendDueMails(ctx, stop.signal)).sent).toBe(1);
    const states = await Promise.all(mails.map(({ mailId }) => readMail(database.db, mailId)));
    expect(states.map((mail) => [mail.status, mail.attempts])).toEqual([
      ['SENT', 1],
      ['QUEUED', 0],
    ]);
    expect(server.received).toHaveLength(1);
  });

  it('ten workers at once send each of forty mails once', async () => {
    const { server, ctx } = await world();
    const mails = [];
    for (let n = 0; n < 40; n++) mails.push(await queue(ctx));
    const sent = await Promise.all(Array.from({ length: 10 }, () => sendDueMails(ctx, NEVER)));
    expect(sent.reduce((sum, one) => sum + one.sent, 0)).toBe(40);
    await waitFor(() => server.received.length >= 40, { what: 'the mails to be parsed' });
    expect(new Set(idsOf(server)).size).toBe(40);
    expect(server.received).toHaveLength(40);
  });
});

describe('the next try', () => {
  const RETRY = new ConnectorError('later', { failure: 'RETRY', status: 451 });
  it.each([
    [1, 30, 60],
    [2, 120, 240],
    [3, 480, 960],
    [4, 1_920, 3_840],
    [5, 7_200, 14_400],
  ])('after try %i comes in %i to %i s', (attempts, least, most) => {
    expect(decideNextTry(RETRY, attempts, 0)).toMatchObject({ kind: 'AGAIN', seconds: least });
    const { seconds = 0 } = decideNextTry(RETRY, attempts, 0.999_999) as { seconds?: number };
    expect(seconds).toBeGreaterThan(most * 0.99);
    expect(seconds).toBeLessThan(most);
  });

  it('a refused login is tried again: the mail can do nothing about it', () => {
    const login = new ConnectorError('login', { failure: 'REAUTHORIZE', status: 535 });
    expect(decideNextTry(login, 1, 0).kind).toBe('AGAIN');
  });
});
