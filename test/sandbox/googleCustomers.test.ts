import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startSandbox, type Sandbox } from '../../sandbox/index.ts';
import { failureOf, get, MANAGER, rowsOf, stream, TAU, ZIELONA } from './google.ts';
import { NOW, type Wire } from './graph.ts';

const SPEC = { campaigns: 1, adGroupsPerCampaign: 1, adsPerAdGroup: 1 };

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({
    now: () => NOW,
    googleAccounts: [
      { customerId: '5000000003', ...SPEC, managerId: '5900000002', currency: 'JPY', timezone: 'Asia/Tokyo' },
      {
        customerId: '5900000002',
        campaigns: 0,
        adGroupsPerCampaign: 0,
        adsPerAdGroup: 0,
        manager: true,
        managerId: '5900000001',
      },
      { customerId: '5000000004', ...SPEC, denied: true },
    ],
  });
});
afterAll(() => sandbox.close());

describe('customers', () => {
  it('lists those that people log in to', async () => {
    const { json } = await get(sandbox, '/v25/customers:listAccessibleCustomers');
    expect(json).toEqual({
      resourceNames: [MANAGER, '7200000001', '5000000004', '5900000001'].map((id) => `customers/${id}`),
    });
  });

  it('shows what is below a manager, level by level', async () => {
    const below = async (customer: string, where: string, login = customer) =>
      (
        await rowsOf(
          sandbox,
          { customer, login },
          `SELECT customer_client.id, customer_client.level, customer_client.status, customer_client.manager FROM customer_client ${where}`,
        )
      ).map(({ customerClient }) => {
        const { id, level, status, manager } = customerClient as Wire;
        return [id, level, status, manager];
      });
    expect(await below(MANAGER, 'WHERE customer_client.level <= 1')).toEqual([
      [MANAGER, '0', 'ENABLED', true],
      ['7100000001', '1', 'ENABLED', false],
      ['7100000002', '1', 'ENABLED', false],
      ['7100000009', '1', 'CANCELED', false],
    ]);
    expect(await below('5900000001', 'WHERE customer_client.manager = FALSE')).toEqual([
      ['5000000003', '2', 'ENABLED', false],
    ]);
    expect(await below('5900000002', '', '5900000001')).toHaveLength(2);
  });

  it('opens a customer through its manager only, and a direct one without', async () => {
    const query = 'SELECT customer.id, customer.currency_code, customer.time_zone FROM customer';
    const [row] = await rowsOf(sandbox, TAU, query);
    expect(row?.['customer']).toMatchObject({
      id: TAU.customer,
      currencyCode: 'KZT',
      timeZone: 'Asia/Almaty',
    });
    expect(await rowsOf(sandbox, ZIELONA, query)).toHaveLength(1);
    const denied = { authorizationError: 'USER_PERMISSION_DENIED' };
    for (const asked of [
      { customer: TAU.customer },
      { customer: TAU.customer, login: '7200000001' },
      { customer: '7200000001', login: MANAGER },
      // Nobody logs in to the manager in between.
      { customer: '5000000003', login: '5900000002' },
      { customer: '5000000004' },
    ]) {
      const answer = await stream(sandbox, asked, query);
      expect(answer.status).toBe(403);
      expect(failureOf(answer)).toMatchObject({ errorCode: denied });
    }
  });

  it.each([
    [
      'a cancelled one',
      { customer: '7100000009', login: MANAGER },
      403,
      { authorizationError: 'CUSTOMER_NOT_ENABLED' },
    ],
    ['an unknown one', { customer: '1111111111' }, 401, { authenticationError: 'CUSTOMER_NOT_FOUND' }],
    ['an id with dashes', { customer: '720-000-0001' }, 400, { requestError: 'INVALID_CUSTOMER_ID' }],
    [
      'a manager with dashes',
      { customer: TAU.customer, login: '700-000-0001' },
      400,
      { headerError: 'INVALID_LOGIN_CUSTOMER_ID' },
    ],
    [
      'no developer token',
      { ...ZIELONA, developer: null },
      401,
      { authenticationError: 'DEVELOPER_TOKEN_INVALID' },
    ],
    [
      'a developer token for tests',
      { ...ZIELONA, developer: 'test-x' },
      403,
      { authorizationError: 'DEVELOPER_TOKEN_NOT_APPROVED' },
    ],
    [
      'a token of nobody',
      { ...ZIELONA, token: 'ya29.other' },
      401,
      { authenticationError: 'OAUTH_TOKEN_INVALID' },
    ],
    [
      'an old token',
      { ...ZIELONA, token: 'sandbox-expired' },
      401,
      { authenticationError: 'OAUTH_TOKEN_EXPIRED' },
    ],
  ])('refuses %s', async (_what, asked, status, errorCode) => {
    const answer = await stream(sandbox, asked, 'SELECT customer.id FROM customer');
    expect(answer.status).toBe(status);
    expect(failureOf(answer)).toMatchObject({ errorCode });
  });

  it('tells a missing or too small authorisation without a failure of its own', async () => {
    const query = 'SELECT customer.id FROM customer';
    const missing = await stream(sandbox, { ...ZIELONA, token: null }, query);
    expect(missing.json).toMatchObject([
      { error: { code: 401, status: 'UNAUTHENTICATED', details: [{ reason: 'CREDENTIALS_MISSING' }] } },
    ]);
    const small = await stream(sandbox, { ...ZIELONA, token: 'sandbox-nopermission' }, query);
    expect(small.json).toMatchObject([
      { error: { code: 403, details: [{ reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' }] } },
    ]);
  });
});
