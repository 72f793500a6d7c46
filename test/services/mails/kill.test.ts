import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { TestDatabase } from '../../support/database.ts';
import { createTestDatabase } from '../../support/database.ts';
import type { TestSmtp } from '../../support/smtp.ts';
import { startSmtp } from '../../support/smtp.ts';
import { waitFor } from '../../support/waitFor.ts';
import { createContext } from '../../jobs/support.ts';
import { passTime, queue } from './support.ts';

const MAILER = fileURLToPath(new URL('mailer.mjs', import.meta.url));
const MAILS = 20;

/** Before which mail's 250 its process is killed: the server has it then, and nobody was told. */
const KILLED_AT = [4, 11];

let database: TestDatabase;
let server: TestSmtp;
let child: ChildProcess | null = null;
let taken = 0;
beforeAll(async () => {
  database = await createTestDatabase();
  server = await startSmtp({
    before: async () => {
      taken += 1;
      if (!KILLED_AT.includes(taken) || !child) return;
      const killed = child;
      const exit = once(killed, 'exit');
      killed.kill('SIGKILL');
      await exit;
      await passTime(database.db);
      startMailer();
    },
  });
});
afterAll(async () => {
  child?.kill('SIGKILL');
  await server.stop();
  await database.drop();
});

function startMailer(): void {
  child = spawn(process.execPath, [MAILER, database.url, server.url], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

it('kill -9 while mails are sent: none is lost, none is changed, and no more are sent twice than were killed', async () => {
  const ctx = createContext(database.db, { mail: server.connector() });
  for (let n = 0; n < MAILS; n++) await queue(ctx);
  startMailer();
  await waitFor(
    async () => {
      const { rows } = await database.db.pool.query<{ sent: number }>(
        `SELECT count(*)::int AS sent FROM mails WHERE status = 'SENT'`,
      );
      return rows[0]?.sent === MAILS;
    },
    { within: 40_000, what: 'every mail to be sent' },
  );
  const { rows } = await database.db.pool.query<{ message_id: string }>('SELECT message_id FROM mails');
  const arrived = server.received.map((mail) => mail.parsed.messageId);
  expect(new Set(arrived)).toEqual(new Set(rows.map((row) => row.message_id)));
  expect(arrived).toHaveLength(MAILS + KILLED_AT.length);
}, 60_000);
