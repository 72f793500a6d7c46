import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConnectorError } from '../../../src/connectors/errors.ts';
import type { Context } from '../../../src/context.ts';
import { Secret } from '../../../src/lib/secret.ts';
import { connectAccount } from '../../../src/services/accounts/connect.ts';
import { discoverAccounts } from '../../../src/services/accounts/discover.ts';
import { connect, newClient, nodeId, tokenOf } from '../../routes/browser.ts';
import type { TestApp } from '../../support/app.ts';
import { startTestApp } from '../../support/app.ts';
import type { Scripted } from './scripted.ts';
import { scriptedPlatform } from './scripted.ts';

const ACCOUNTS = ['act_3500000001', 'act_3500000002'];

let test: TestApp;
let system: Context;
let scripted: Scripted;
let clientId: string;

beforeAll(async () => {
  const size = { campaigns: 1, adSetsPerCampaign: 1, adsPerAdSet: 1 };
  test = await startTestApp({
    jobs: false,
    sandbox: { accounts: ACCOUNTS.map((externalId) => ({ externalId, ...size })) },
  });
});
afterAll(() => test.stop());
beforeEach(async () => {
  clientId = await newClient(test);
  scripted = scriptedPlatform(() => undefined);
  const agencyTokens = new Map([['META', new Secret('agency')]]);
  system = { ...test.system, platforms: new Map([['META', scripted.platform]]), agencyTokens };
});

const discover = (token?: string) =>
  discoverAccounts(system, { clientId, platform: 'META', ...(token === undefined ? {} : { token }) });

it('lists by name what the token reaches, what is connected, and what cannot be', async () => {
  await connectAccount(system, { clientId, platform: 'META', externalId: 'act_2', token: 'given' });
  const facts = { currency: 'EUR', timezone: 'UTC', status: 'ACTIVE' };
  expect(await discover('given')).toEqual({
    accounts: [
      { externalId: 'act_1', name: 'Apple', ...facts, loginCustomerId: '77', connected: false },
      { externalId: 'act_2', name: 'Berry', ...facts, connected: true },
    ],
    unusable: [{ externalId: 'act_3', reason: 'It is closed.' }],
  });
});

it('takes the given token, else the client\u2019s own, else the agency\u2019s', async () => {
  await discover('given');
  await discover();
  await connect(test, { clientId, platform: 'META' });
  await discover();
  const asked = scripted.calls.filter(({ what }) => what === 'list').map(({ token }) => token);
  expect(asked).toEqual(['given', 'agency', await tokenOf(test, clientId)]);
});

it('asks nothing with a token that is known to be dead', async () => {
  await connect(test, { clientId, platform: 'META' });
  await system.db.prisma.credential.updateMany({ where: { clientId }, data: { status: 'REVOKED' } });
  await expect(discover()).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
    message: expect.stringContaining('connect Facebook again'),
  });
  expect(scripted.calls).toEqual([]);
});

it.each([
  ['REAUTHORIZE', { code: 'BAD_USER_INPUT', message: 'Meta shows no accounts: It says no.' }],
  ['FIX', { code: 'BAD_USER_INPUT' }],
  ['WAIT', { failure: 'WAIT' }],
  ['RETRY', { failure: 'RETRY' }],
] as const)('tells why it cannot: %s', async (failure, expected) => {
  const refusing = scriptedPlatform(() => {
    throw new ConnectorError('It says no.', { failure });
  });
  system = { ...system, platforms: new Map([['META', refusing.platform]]) };
  await expect(discover('given')).rejects.toMatchObject(expected);
});

it('is for admins, and for clients that exist', async () => {
  const nobody = { clientId: '00000000-0000-4000-8000-000000000000', platform: 'META' };
  await expect(discoverAccounts(system, nobody)).rejects.toMatchObject({ code: 'NOT_FOUND' });
  await expect(discoverAccounts(system, { clientId, platform: 'OTHER' })).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
  });
  const viewer = { kind: 'API_KEY', id: 'k', name: 'k', role: 'VIEWER', clientIds: [clientId] } as const;
  await expect(
    discoverAccounts({ ...system, actor: viewer }, { clientId, platform: 'META' }),
  ).rejects.toMatchObject({ code: 'FORBIDDEN' });
  expect(scripted.calls).toEqual([]);
});

describe('over GraphQL', () => {
  const DOCUMENT = `mutation ($input: DiscoverAccountsInput!) { discoverAccounts(input: $input) {
    accounts { externalId name currency timezone status loginCustomerId connected }
    unusable { externalId reason } } }`;

  it('finds the sandbox\u2019s accounts; neither answer, log nor audit holds the token', async () => {
    const [first = ''] = ACCOUNTS;
    const token = 'sandbox-token-to-discover';
    await connectAccount(test.system, {
      clientId,
      platform: 'META',
      externalId: first,
      token: 'sandbox-token',
    });
    const input = { clientId: nodeId('Client', clientId), platform: 'META', token };
    const answer = await test.client().request<{
      discoverAccounts: { accounts: { externalId: string; connected: boolean }[] };
    }>(DOCUMENT, { input });
    const found = answer.discoverAccounts.accounts.filter(({ externalId }) => ACCOUNTS.includes(externalId));
    const connected = new Map(found.map((account) => [account.externalId, account.connected]));
    expect(connected).toEqual(new Map(ACCOUNTS.map((externalId) => [externalId, externalId === first])));
    const entry = await test.system.db.prisma.auditEntry.findFirstOrThrow({ orderBy: { id: 'desc' } });
    expect(entry).toMatchObject({ action: 'discoverAccounts', clientId, outcome: 'OK' });
    const written =
      test.logged() + JSON.stringify(answer) + JSON.stringify(entry, (_key, value: unknown) => String(value));
    expect(written).not.toContain(token);
  });

  it('checks a client\u2019s credentials on request', async () => {
    await connect(test, { clientId, platform: 'META' });
    const answer = await test
      .client()
      .request<{ checkCredentials: { kind: string; trigger: string } }>(
        'mutation ($clientId: ID!) { checkCredentials(clientId: $clientId) { kind trigger status tasksTotal } }',
        { clientId: nodeId('Client', clientId) },
      );
    expect(answer.checkCredentials).toEqual({
      kind: 'CREDENTIAL_CHECK',
      trigger: 'MANUAL',
      status: 'QUEUED',
      tasksTotal: 1,
    });
  });
});

describe('the manager of a connected account', () => {
  const through = async (input: { loginCustomerId?: string }, reported?: string) => {
    const { platform } = scripted;
    const asked: (string | undefined)[] = [];
    const describing: typeof platform = {
      ...platform,
      describeAccount: async (access) => {
        asked.push(access.loginCustomerId);
        const described = await platform.describeAccount(access);
        return { ...described, ...(reported === undefined ? {} : { loginCustomerId: reported }) };
      },
    };
    const ctx = { ...system, platforms: new Map([['META', describing]]) };
    const wanted = { clientId, platform: 'META', externalId: 'act_9', token: 'given', ...input };
    return { stored: (await connectAccount(ctx, wanted)).loginCustomerId, asked };
  };

  it('is the given one, else the one the platform reports, else the known one', async () => {
    expect(await through({})).toEqual({ stored: null, asked: [undefined] });
    expect(await through({}, '77')).toEqual({ stored: '77', asked: [undefined] });
    expect(await through({})).toEqual({ stored: '77', asked: ['77'] });
    expect(await through({ loginCustomerId: '88' }, '77')).toEqual({ stored: '88', asked: ['88'] });
  });
});
