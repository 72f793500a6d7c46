import { afterEach, describe, expect, it } from 'vitest';
import { failureOf } from '../meta/graphServer.ts';
import type { Reply } from '../meta/graphServer.ts';
import type { AdsServer } from './adsServer.ts';
import { ACCESS, CUSTOMER, failure, google, queryOf, startAds, stream } from './adsServer.ts';

interface Own {
  manager?: true;
  status?: string;
  hidden?: true;
  testAccount?: true;
  currencyCode?: string | null;
  /** Below a manager, at any depth. */
  clients?: string[];
  refused?: Reply;
}

let server: AdsServer;
afterEach(() => server.close());

const PATH = /\/customers\/(\d+)\/googleAds:searchStream$/;

/** Accounts by number, of which `roots` are reached directly. */
async function world(all: Record<string, Own>, roots: string[]) {
  const facts = (id: string) => {
    const { clients: _clients, refused: _refused, ...own } = all[id] ?? {};
    return {
      id,
      descriptiveName: `No. ${id}`,
      currencyCode: 'USD',
      timeZone: 'America/New_York',
      status: 'ENABLED',
      ...own,
    };
  };
  server = await startAds((request) => {
    if (request.path.endsWith(':listAccessibleCustomers')) {
      return { body: roots.length === 0 ? {} : { resourceNames: roots.map((id) => `customers/${id}`) } };
    }
    const id = PATH.exec(request.path)?.[1] ?? '';
    const { refused, clients = [] } = all[id] ?? {};
    if (refused) return refused;
    const login = String(request.headers['login-customer-id'] ?? id);
    if (!roots.includes(login) || (login !== id && !all[login]?.clients?.includes(id))) {
      return failure('authorizationError', 'USER_PERMISSION_DENIED', { status: 403 });
    }
    if (queryOf(request).endsWith('FROM customer')) return stream({ customer: facts(id) });
    return stream(...[id, ...clients].map((client) => ({ customerClient: facts(client) })));
  });
  return google(server);
}

describe('the walk', () => {
  it('finds leaves below managers at any depth, each with the manager it is reached through', async () => {
    const ads = await world(
      {
        '10': { manager: true, clients: ['20', '21', '30'] },
        '20': { manager: true, clients: ['30'] },
        '21': {},
        '30': {},
      },
      ['10'],
    );
    const { accounts, unusable } = await ads.listAccounts(ACCESS);
    expect(accounts.map(({ externalId, loginCustomerId }) => [externalId, loginCustomerId])).toEqual([
      ['21', '10'],
      ['30', '10'],
    ]);
    expect(accounts[0]).toEqual({
      externalId: '21',
      name: 'No. 21',
      currency: 'USD',
      timezone: 'America/New_York',
      status: 'ENABLED',
      loginCustomerId: '10',
    });
    expect(unusable).toEqual([]);
  });

  it('lists once what is reached in several ways, directly when it can be', async () => {
    const ads = await world(
      {
        '10': { manager: true, clients: ['30', '31', '30'] },
        '11': { manager: true, clients: ['31', '30'] },
        '30': {},
        '31': {},
      },
      ['10', '11', '30', '10'],
    );
    const { accounts } = await ads.listAccounts(ACCESS);
    expect(accounts.map(({ externalId, loginCustomerId }) => [externalId, loginCustomerId])).toEqual([
      ['30', undefined],
      ['31', '10'],
    ]);
  });

  it('ends where managers manage each other', async () => {
    const ads = await world(
      {
        '10': { manager: true, clients: ['11', '10', '30'] },
        '11': { manager: true, clients: ['10', '11', '30'] },
        '30': {},
      },
      ['10', '11'],
    );
    expect((await ads.listAccounts(ACCESS)).accounts.map(({ externalId }) => externalId)).toEqual(['30']);
    expect(server.calls()).toHaveLength(5);
  });

  it('tells what cannot be read, with a reason, and goes on', async () => {
    const denied = failure('authorizationError', 'CUSTOMER_NOT_ENABLED', { status: 403 });
    const ads = await world(
      {
        '10': { manager: true, clients: ['30', '31', '32', '33', '34', '35'] },
        '12': { refused: denied },
        '30': { status: 'CANCELED' },
        '31': { hidden: true },
        '32': { status: 'CLOSED' },
        '33': { currencyCode: null },
        '34': { status: 'CLOSED', testAccount: true },
        '35': { status: 'SUSPENDED' },
      },
      ['12', '10'],
    );
    const { accounts, unusable } = await ads.listAccounts(ACCESS);
    expect(accounts.map(({ externalId, status }) => [externalId, status])).toEqual([
      ['34', 'CLOSED'],
      ['35', 'SUSPENDED'],
    ]);
    expect(unusable.map(({ externalId }) => externalId)).toEqual(['12', '30', '31', '32', '33']);
    for (const { reason } of unusable) expect(reason).toMatch(/^(It|The account) .+/);
  });

  it('looks only below the manager it is told', async () => {
    const ads = await world({ '10': { manager: true, clients: ['30'] }, '30': {}, '31': {} }, ['10', '31']);
    const { accounts } = await ads.listAccounts({ token: ACCESS.token, loginCustomerId: '10' });
    expect(accounts.map(({ externalId }) => externalId)).toEqual(['30']);
    expect(server.calls().every(({ path }) => path.includes('/customers/10/'))).toBe(true);
  });

  it.each<[string, Reply, string]>([
    [
      'the developer token',
      failure('authenticationError', 'DEVELOPER_TOKEN_INVALID', { status: 401 }),
      'FIX',
    ],
    ['the day’s calls', failure('quotaError', 'RESOURCE_EXHAUSTED', { status: 429 }), 'WAIT'],
    [
      'the authorisation',
      failure('authenticationError', 'OAUTH_TOKEN_REVOKED', { status: 401 }),
      'REAUTHORIZE',
    ],
  ])('ends with a failure that every account would meet: %s', async (_what, refused, kind) => {
    const ads = await world({ '10': { refused }, '11': {} }, ['10', '11']);
    expect((await failureOf(ads.listAccounts(ACCESS))).failure).toBe(kind);
  });
});

describe('one account', () => {
  it('is described', async () => {
    const ads = await world({ [CUSTOMER]: {} }, [CUSTOMER]);
    expect(await ads.describeAccount(ACCESS)).toEqual({
      externalId: CUSTOMER,
      name: `No. ${CUSTOMER}`,
      currency: 'USD',
      timezone: 'America/New_York',
      status: 'ENABLED',
    });
  });

  it('is not a manager', async () => {
    const ads = await world({ [CUSTOMER]: { manager: true } }, [CUSTOMER]);
    const error = await failureOf(ads.describeAccount(ACCESS));
    expect([error.failure, error.message]).toEqual([
      'FIX',
      'It is a manager account: connect one of its accounts.',
    ]);
  });

  it('is found below a manager that nobody named', async () => {
    const ads = await world({ '10': { manager: true, clients: [CUSTOMER] }, [CUSTOMER]: {} }, ['10']);
    expect(await ads.describeAccount(ACCESS)).toMatchObject({ externalId: CUSTOMER, loginCustomerId: '10' });
    expect(await ads.describeAccount({ ...ACCESS, loginCustomerId: '10' })).toMatchObject({
      loginCustomerId: '10',
    });
  });

  it('that the token does not reach is refused', async () => {
    const ads = await world({ '10': { manager: true, clients: [] }, [CUSTOMER]: {} }, ['10']);
    const error = await failureOf(ads.describeAccount(ACCESS));
    expect([error.failure, error.concerns]).toEqual(['REAUTHORIZE', 'ACCOUNT']);
    expect(error.message).toContain('loginCustomerId');
  });
});

describe('a credential', () => {
  it('is good when it reaches any customer', async () => {
    const ads = await world({}, ['10']);
    expect(await ads.checkCredential(ACCESS)).toEqual({
      valid: true,
      scopes: ['https://www.googleapis.com/auth/adwords'],
      expiresAt: null,
    });
  });

  it('is not good when it reaches none', async () => {
    const ads = await world({}, []);
    expect(await ads.checkCredential(ACCESS)).toMatchObject({
      valid: false,
      reason: expect.stringContaining('no access to any') as string,
    });
  });
});
