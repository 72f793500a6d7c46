import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/lib/secret.ts';
import { accountAccess } from '../../../src/services/accounts/access.ts';
import { connectAccount } from '../../../src/services/accounts/connect.ts';
import { triggerSync } from '../../../src/services/sync/trigger.ts';
import { connect, credentialsOf, newClient, nodeId, tokenOf } from '../../routes/browser.ts';
import type { TestApp } from '../../support/app.ts';
import { startTestApp } from '../../support/app.ts';
import { waitFor } from '../../support/waitFor.ts';

const ACCOUNTS = ['act_3000000001', 'act_3000000002', 'act_3000000003'];
const [ACCOUNT = '', OTHER = '', THIRD = ''] = ACCOUNTS;

let test: TestApp;
beforeAll(async () => {
  const size = { campaigns: 1, adSetsPerCampaign: 1, adsPerAdSet: 2 };
  test = await startTestApp({
    sandbox: { accounts: ACCOUNTS.map((externalId) => ({ externalId, ...size })) },
  });
});
afterAll(() => test.stop());

describe('a credential from the browser', () => {
  it('connects accounts without a token, and reads them', async () => {
    const clientId = await newClient(test);
    await connect(test, { clientId, platform: 'META' });
    const [credential] = await credentialsOf(test, clientId);
    const account = await connectAccount(test.system, { clientId, platform: 'META', externalId: ACCOUNT });
    expect(account.credentialId).toBe(credential?.id);
    const { runId } = await triggerSync(test.system, { clientId, days: 1 });
    const run = await waitFor(
      () => test.system.db.prisma.run.findFirst({ where: { id: runId, finishedAt: { not: null } } }),
      { what: 'the sync to end', within: 10_000 },
    );
    expect(run).toMatchObject({ status: 'SUCCEEDED' });
    const { rows } = await test.system.db.pool.query(
      'SELECT count(*)::int AS rows FROM ad_insights WHERE client_id = $1',
      [clientId],
    );
    expect(rows[0]).not.toEqual({ rows: 0 });
  });

  it('comes after the account\u2019s own and before the agency\u2019s', async () => {
    const clientId = await newClient(test);
    const tokenUsed = async (accountId: string, ctx = test.system) =>
      (await accountAccess(ctx, { accountId, clientId })).access.token.reveal();
    const own = { clientId, platform: 'META', externalId: OTHER, token: 'sandbox-own-token' };
    const withOwn = await connectAccount(test.system, own);
    await connect(test, { clientId, platform: 'META' });
    expect(await tokenUsed(withOwn.id)).toBe('sandbox-own-token');

    const without = await connectAccount(test.system, { clientId, platform: 'META', externalId: THIRD });
    await test.system.db.pool.query('UPDATE ad_accounts SET credential_id = NULL WHERE id = $1', [
      without.id,
    ]);
    const agencyTokens = new Map([['META', new Secret('sandbox-agency')]]);
    expect(await tokenUsed(without.id, { ...test.system, agencyTokens })).toMatch(/^sandbox-user-/);

    // Connected again without a token: the one given by hand is gone, the browser's one stays for all.
    await connectAccount(test.system, { ...own, token: null });
    expect(await tokenUsed(withOwn.id)).toMatch(/^sandbox-user-/);
    expect((await credentialsOf(test, clientId)).map((credential) => credential.kind)).toEqual(['OAUTH']);
    await connectAccount(test.system, own);
    expect((await credentialsOf(test, clientId)).map((credential) => credential.kind).sort()).toEqual([
      'OAUTH',
      'TOKEN',
    ]);
    expect(await tokenUsed(without.id)).toMatch(/^sandbox-user-/);
  });

  it('is shown to admins without its token, and can be disconnected', async () => {
    const clientId = await newClient(test);
    await connect(test, { clientId, platform: 'META' });
    const account = await connectAccount(test.system, { clientId, platform: 'META', externalId: ACCOUNT });
    const query = `query ($clientId: ID!) { credentials(clientId: $clientId) {
      id platform kind lastFour scopes expiresAt status checkedAt warning } }`;
    const variables = { clientId: nodeId('Client', clientId) };
    test.takeQueries();
    const { credentials } = await test.client().request<{ credentials: { id: string }[] }>(query, variables);
    const queries = test.takeQueries().filter((text) => text.includes('credentials'));
    expect(credentials).toEqual([
      {
        id: expect.any(String),
        platform: 'META',
        kind: 'OAUTH',
        lastFour: (await tokenOf(test, clientId)).slice(-4),
        scopes: ['ads_read', 'business_management', 'public_profile'],
        expiresAt: expect.any(String),
        status: 'VALID',
        checkedAt: expect.any(String),
        warning: null,
      },
    ]);
    expect(queries.length).toBeGreaterThan(0);
    expect(queries.join()).not.toContain('ciphertext');
    const mutation = 'mutation ($id: ID!) { disconnectCredential(id: $id) }';
    const id = credentials[0]?.id ?? '';
    expect(await test.client().request(mutation, { id })).toEqual({ disconnectCredential: id });
    expect(await credentialsOf(test, clientId)).toEqual([]);
    await expect(test.client().request(mutation, { id })).rejects.toThrow('No such credential');
    const agencyTokens = new Map([['META', new Secret('sandbox-agency')]]);
    const withAgency = { ...test.system, agencyTokens };
    const { access } = await accountAccess(withAgency, { accountId: account.id, clientId });
    expect(access.token.reveal()).toBe('sandbox-agency');
    await expect(accountAccess(test.system, { accountId: account.id, clientId })).rejects.toMatchObject({
      failure: 'REAUTHORIZE',
      message: expect.stringContaining('The account has no credential'),
    });
  });
});
