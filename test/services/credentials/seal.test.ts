import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { accountAccess } from '../../../src/services/accounts/access.ts';
import { connectAccount } from '../../../src/services/accounts/connect.ts';
import { createClient } from '../../../src/services/clients/create.ts';
import { newKey } from '../../../src/lib/keyFile.ts';
import { fixedKeyRing } from '../../../src/lib/keyRing.ts';
import type { TestApp } from '../../support/app.ts';
import { startTestApp } from '../../support/app.ts';

const CANNOT_OPEN = {
  name: 'ConnectorError',
  failure: 'REAUTHORIZE',
  message: 'Its token cannot be opened: connect it again.',
};

let test: TestApp;
const connected: { clientId: string; accountId: string; credentialId: string; token: string }[] = [];

beforeAll(async () => {
  test = await startTestApp({ jobs: false });
  const [demo] = test.sandbox.demoClients;
  const externalId = demo?.accounts[0]?.externalId ?? '';
  for (const name of ['A', 'B']) {
    const token = `sandbox-canary-${name}`;
    const client = await createClient(test.system, { name, timezone: 'UTC', currency: 'EUR' });
    const account = await connectAccount(test.system, {
      clientId: client.id,
      platform: 'META',
      externalId,
      token,
    });
    connected.push({
      clientId: client.id,
      accountId: account.id,
      credentialId: account.credentialId ?? '',
      token,
    });
  }
});
afterAll(() => test.stop());

describe('a stored token', () => {
  it('comes back for its own account', async () => {
    for (const { clientId, accountId, token } of connected) {
      const { access } = await accountAccess(test.system, { clientId, accountId });
      expect(access.token.reveal()).toBe(token);
    }
  });

  it('stands nowhere in clear: not in the database, not in the log', async () => {
    const { rows } = await test.system.db.pool.query(
      "SELECT string_agg(credentials::text, ' ') AS text FROM credentials",
    );
    const hex = Buffer.from('sandbox-canary').toString('hex');
    expect(rows[0].text).not.toContain(hex);
    expect(test.logged()).not.toContain('sandbox-canary');
  });

  it('fails closed when the ciphertexts of two clients are swapped', async () => {
    const [a, b] = connected;
    await test.system.db.pool.query(
      `UPDATE credentials AS mine SET ciphertext = other.ciphertext FROM credentials AS other
       WHERE mine.id = ANY($1::uuid[]) AND other.id = ANY($1::uuid[]) AND mine.id <> other.id`,
      [[a?.credentialId, b?.credentialId]],
    );
    for (const { clientId, accountId } of connected) {
      await expect(accountAccess(test.system, { clientId, accountId })).rejects.toMatchObject(CANNOT_OPEN);
    }
  });

  it.each([
    ['cut', 'substr(ciphertext, 1, 20)'],
    ['empty', "''::bytea"],
    ['something else', "decode(repeat('ab', 60), 'hex')"],
  ])('asks for a new token when it is %s', async (_what, instead) => {
    await test.system.db.pool.query(`UPDATE credentials SET ciphertext = ${instead}`);
    for (const { clientId, accountId } of connected) {
      await expect(accountAccess(test.system, { clientId, accountId })).rejects.toMatchObject(CANNOT_OPEN);
    }
  });

  it('is no reason to connect again when only its key is missing', async () => {
    const [a] = connected;
    const asked = accountAccess(
      { ...test.system, secretKeys: fixedKeyRing([newKey('other')]) },
      {
        clientId: a?.clientId ?? '',
        accountId: a?.accountId ?? '',
      },
    );
    await expect(asked).rejects.toMatchObject({ failure: 'FIX', message: expect.stringContaining('"test"') });
  });

  it('is replaced, not kept, when the account is connected again', async () => {
    const [a] = connected;
    const { externalId } = await test.system.db.prisma.adAccount.findFirstOrThrow({
      where: { id: a?.accountId ?? '' },
    });
    const again = await connectAccount(test.system, {
      clientId: a?.clientId ?? '',
      platform: 'META',
      externalId,
      token: 'sandbox-renewed',
    });
    expect(again.id).toBe(a?.accountId);
    expect(await test.system.db.prisma.credential.count({ where: { clientId: a?.clientId ?? '' } })).toBe(1);
    const { access } = await accountAccess(test.system, { clientId: a?.clientId ?? '', accountId: again.id });
    expect(access.token.lastFour()).toBe('ewed');
  });
});
