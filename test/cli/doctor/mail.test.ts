import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkMail } from '../../../src/cli/doctor/mail.ts';
import { keptMail } from '../../../src/connectors/mail/kept.ts';
import type { TestSmtp } from '../../support/smtp.ts';
import { connectorTo, startSmtp } from '../../support/smtp.ts';

let server: TestSmtp;
beforeAll(async () => {
  server = await startSmtp({ login: { user: 'mailer', password: 'canary-0001' } });
});
afterAll(() => server.stop());

it('says whether the mail server answers and takes the login, and sends nothing', async () => {
  expect(await checkMail({ mail: server.connector() })).toMatchObject([{ status: 'OK' }]);
  const wrong = await checkMail({ mail: connectorTo(server.url.replace('canary-0001', 'canary-0002')) });
  expect(wrong).toMatchObject([{ status: 'FAIL', message: expect.stringContaining('login') as string }]);
  expect(JSON.stringify(wrong)).not.toContain('canary');
  expect(await checkMail({ mail: connectorTo('smtp://127.0.0.1:1') })).toMatchObject([{ status: 'FAIL' }]);
  expect(server.received).toHaveLength(0);
});

it('no mail server is no trouble', async () => {
  expect(await checkMail({ mail: keptMail() })).toMatchObject([{ status: 'OK' }]);
});
