import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import type { AdPlatform } from '../../../../src/connectors/ads/contract.ts';
import type { MetaOptions } from '../../../../src/connectors/ads/meta/index.ts';
import { createMeta } from '../../../../src/connectors/ads/meta/index.ts';
import { DEFAULT_META_VERSION, META_VERSIONS } from '../../../../src/connectors/ads/meta/versions.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import type { TestServer } from '../../../lib/httpServer.ts';
import type { Reply } from './graphServer.ts';
import {
  ACCESS,
  collect,
  failureOf,
  graphOptions,
  merged,
  refused,
  startGraph,
  TOKEN,
} from './graphServer.ts';

const APP = { appId: '1234567890', appSecret: new Secret('app-secret-0001') };
const ACCOUNT = {
  account_id: '1000000001',
  name: 'Almaty Tours\0',
  currency: 'KZT',
  timezone_name: 'Asia/Almaty',
  account_status: 1,
};
const DESCRIBED = {
  externalId: 'act_1000000001',
  name: 'Almaty Tours',
  currency: 'KZT',
  timezone: 'Asia/Almaty',
  status: 'ACTIVE',
};
let server: TestServer;
afterEach(() => server.close());

async function meta(
  replies: Parameters<typeof startGraph>[0],
  more: Partial<MetaOptions> = {},
): Promise<AdPlatform> {
  server = await startGraph(replies);
  return createMeta({ ...graphOptions(server.url), ...more });
}

const query = (call = 0): Record<string, string> => Object.fromEntries(server.requests[call]?.query ?? []);

describe('accounts', () => {
  test('one account, whichever way its id is written', async () => {
    for (const externalId of ['act_1000000001', '1000000001']) {
      const platform = await meta([{ body: ACCOUNT }]);
      expect(await platform.describeAccount({ ...ACCESS, externalId })).toEqual(DESCRIBED);
      expect(server.requests[0]?.path).toBe('/v26.0/act_1000000001');
      await server.close();
    }
  });

  test.each([
    [2, 'DISABLED'],
    [3, 'UNSETTLED'],
    [7, 'PENDING_RISK_REVIEW'],
    [8, 'PENDING_SETTLEMENT'],
    [9, 'IN_GRACE_PERIOD'],
    [100, 'PENDING_CLOSURE'],
    [101, 'CLOSED'],
    [77, 'STATUS_77'],
  ])('account_status %i is %s', async (account_status, status) => {
    const platform = await meta([{ body: { ...ACCOUNT, account_status } }]);
    expect((await platform.describeAccount(ACCESS)).status).toBe(status);
  });

  test.each(['act_1/insights', '../me', 'act_', ''])(
    'an id like %j never leaves the house',
    async (externalId) => {
      const platform = await meta([{}]);
      expect((await failureOf(platform.describeAccount({ ...ACCESS, externalId }))).failure).toBe('FIX');
      expect(
        (await failureOf(collect(platform.readInsights({ ...ACCESS, externalId }, RANGE)))).failure,
      ).toBe('FIX');
      expect(server.requests).toHaveLength(0);
    },
  );

  test('a list tells which accounts cannot be counted in, and why', async () => {
    const odd = [
      { ...ACCOUNT, account_id: '1000000002', timezone_name: 'Mars/Base' },
      { ...ACCOUNT, account_id: '1000000003', currency: '' },
      null,
    ];
    const platform = await meta([{ body: { data: [ACCOUNT, ...odd] } }]);
    expect(await platform.listAccounts(ACCESS)).toEqual({
      accounts: [DESCRIBED],
      unusable: [
        { externalId: 'act_1000000002', reason: expect.stringContaining('time zone') },
        { externalId: 'act_1000000003', reason: expect.stringContaining('currency') },
        { externalId: 'act_?', reason: expect.any(String) },
      ],
    });
  });
});

const RANGE = { from: '2026-06-01', to: '2026-06-02' };

describe('what is asked of insights', () => {
  test('daily rows of campaigns, then of ads, for both ends of the range', async () => {
    const platform = await meta([{}]);
    await collect(platform.readInsights(ACCESS, RANGE));
    expect(server.requests.map((request) => request.path)).toEqual(
      Array(2).fill('/v26.0/act_1000000001/insights'),
    );
    expect([query(0), query(1)]).toMatchObject(
      ['campaign', 'ad'].map((level) => ({
        level,
        time_range: '{"since":"2026-06-01","until":"2026-06-02"}',
        time_increment: '1',
        action_breakdowns: '["action_type"]',
        limit: '500',
      })),
    );
    expect(query(0)['fields']).not.toContain('ad_id');
    expect(query(1)['fields']?.split(',')).toEqual(
      expect.arrayContaining(['adset_id', 'ad_id', 'inline_link_clicks']),
    );
  });

  test('a failure on the second level fails the whole reading', async () => {
    const platform = await meta((request) => (request.query.get('level') === 'ad' ? refused(190, 463) : {}));
    const error = await failureOf(collect(platform.readInsights(ACCESS, RANGE)));
    expect(error).toMatchObject({ failure: 'REAUTHORIZE', vendorCode: '190/463' });
  });
});

test('structure: archived and deleted objects are asked for, each object comes once, unusable rows are left out', async () => {
  const lists: Record<string, unknown[]> = {
    campaigns: [
      { id: '11', name: 'old', effective_status: 'ARCHIVED', status: 'ACTIVE', objective: 'OUTCOME_SALES' },
      { id: '11', name: 'new', effective_status: 'PAUSED' },
      { id: 12, name: 'an id that is a number' },
    ],
    adsets: [{ id: '21', campaign_id: '11', name: 'set\ud800', status: 'ACTIVE' }],
    ads: [{ id: '31', adset_id: '21', campaign_id: '11', name: 'ad' }, { id: '32' }],
  };
  const platform = await meta(({ path }) => ({ body: { data: lists[path.split('/').at(-1) ?? ''] } }));
  expect(merged(await collect(platform.readStructure(ACCESS)))).toEqual({
    campaigns: [{ externalId: '11', name: 'new', status: 'PAUSED', objective: null }],
    adSets: [{ externalId: '21', campaignExternalId: '11', name: 'set\ufffd', status: 'ACTIVE' }],
    ads: [
      { externalId: '31', adSetExternalId: '21', campaignExternalId: '11', name: 'ad', status: 'UNKNOWN' },
    ],
  });
  for (const { query: asked } of server.requests) {
    expect(JSON.parse(asked.get('effective_status') ?? '')).toEqual(
      expect.arrayContaining(['ARCHIVED', 'DELETED']),
    );
  }
});

describe('checkCredential', () => {
  const inspected = (data: object): Reply => ({
    body: { data: { is_valid: true, scopes: ['ads_read'], ...data } },
  });

  test('with an app: asks debug_token in its name, and the earlier of both ends counts', async () => {
    const ends = { expires_at: 1_800_000_000, data_access_expires_at: 1_790_000_000 };
    const platform = await meta([inspected(ends)], APP);
    expect(await platform.checkCredential(ACCESS)).toEqual({
      valid: true,
      scopes: ['ads_read'],
      expiresAt: new Date(1_790_000_000_000),
    });
    expect(server.requests[0]?.path).toBe('/v26.0/debug_token');
    expect(server.requests[0]?.headers.authorization).toBe('Bearer 1234567890|app-secret-0001');
    expect(query()).toEqual({ input_token: TOKEN });
  });

  test('0 is never, a dead token is told with its reason, a missing scope is not valid', async () => {
    const dead = {
      is_valid: false,
      scopes: [],
      error: { code: 190, message: 'Session of swordfish has expired' },
    };
    const answers = [
      inspected({ expires_at: 0 }),
      inspected(dead),
      inspected({ scopes: ['public_profile'] }),
    ];
    const platform = await meta(answers, APP);
    expect((await platform.checkCredential(ACCESS)).expiresAt).toBeNull();
    const check = await platform.checkCredential({ ...ACCESS, token: new Secret('swordfish') });
    expect(check).toEqual({
      valid: false,
      scopes: [],
      expiresAt: null,
      reason: 'Session of [removed] has expired',
    });
    expect(await platform.checkCredential(ACCESS)).toMatchObject({
      valid: false,
      reason: expect.stringContaining('ads_read'),
    });
  });

  test('an app that Meta refuses is not the fault of the credential', async () => {
    const platform = await meta([refused(190)], APP);
    const error = await failureOf(platform.checkCredential(ACCESS));
    expect(error).toMatchObject({ failure: 'FIX', vendorCode: '190' });
    expect(inspect(error, { depth: 9 })).not.toContain('app-secret-0001');
  });

  test('without an app: asks the permissions of the token', async () => {
    const rows = [
      { permission: 'ads_read', status: 'granted' },
      { permission: 'email', status: 'declined' },
    ];
    const platform = await meta([
      { body: { data: rows } },
      { body: { data: rows.slice(1) } },
      refused(190, 460),
    ]);
    expect(await platform.checkCredential(ACCESS)).toEqual({
      valid: true,
      scopes: ['ads_read'],
      expiresAt: null,
    });
    expect(server.requests[0]?.path).toBe('/v26.0/me/permissions');
    expect((await platform.checkCredential(ACCESS)).valid).toBe(false);
    expect(await platform.checkCredential(ACCESS)).toMatchObject({
      valid: false,
      reason: expect.stringContaining('password'),
    });
  });

  test.each([
    ['with an app', APP],
    ['without', {}],
  ])('a fault of the platform says nothing about the credential: %s', async (_name, app) => {
    const platform = await meta([{ status: 503, body: 'Sorry' }], app);
    expect((await failureOf(platform.checkCredential(ACCESS))).failure).toBe('RETRY');
  });
});

test('the declaration', async () => {
  const platform = await meta([{}]);
  expect(platform).toMatchObject({ key: 'META', historyMonths: 37 });
  expect(await platform.restatementDays(ACCESS)).toBe(28);
  expect(platform.defaultGoals.map((goal) => [goal.name, goal.actionTypes[0]])).toEqual([
    ['purchase', 'omni_purchase'],
    ['lead', 'lead'],
  ]);
  expect(META_VERSIONS.find((known) => known.version === DEFAULT_META_VERSION)?.endsOn).toBeNull();
});
