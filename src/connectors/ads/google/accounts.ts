import { z } from 'zod';
import { ConnectorError } from '../../errors.ts';
import type { AccountAccess, AccountDescription, AccountListing, TokenLook } from '../contract.ts';
import type { AdsApi, CustomerAccess } from './api.ts';
import { CLIENTS_QUERY, CUSTOMER_QUERY } from './fields.ts';
import { currency, id, name, timezone, word } from './numbers.ts';

/** Digits of an account's number, written `1234567890` or `123-456-7890`. Throws ConnectorError FIX. */
export function digitsOf(externalId: string): string {
  const text = externalId.trim();
  if (/^\d{1,20}$/.test(text)) return text;
  if (/^\d{3}-\d{3}-\d{4}$/.test(text)) return text.replaceAll('-', '');
  throw new ConnectorError('A Google Ads account is written as ten digits, 123-456-7890 or 1234567890.', {
    failure: 'FIX',
  });
}

/** What a query needs to act for one account. Throws ConnectorError FIX. */
export function customerAccess({
  externalId,
  loginCustomerId: login,
  ...access
}: AccountAccess): CustomerAccess {
  const customerId = digitsOf(externalId);
  return { ...access, customerId, ...(login ? { loginCustomerId: digitsOf(login) } : {}) };
}

const flag = z.boolean().catch(false);
const status = word.catch('UNKNOWN');
const facts = { id, descriptiveName: name, manager: flag, status };
/** Manager accounts may lack the rest. */
const readable = { currencyCode: currency.nullish().catch(null), timeZone: timezone.nullish().catch(null) };
const customerRow = z.object({ customer: z.object({ ...facts, ...readable }) });
const clientRow = z.object({
  customerClient: z.object({ ...facts, ...readable, hidden: flag, testAccount: flag }),
});
type Client = z.infer<typeof clientRow>['customerClient'];

/** The one account. An account that is only reached through a manager is looked for when none was named. */
export async function describeAccount(api: AdsApi, access: AccountAccess): Promise<AccountDescription> {
  const asked = customerAccess(access);
  try {
    const customer = await customerOf(api, asked);
    if (customer.manager) throw fix('It is a manager account: connect one of its accounts.');
    const described = toAccount(customer, asked.loginCustomerId);
    if (described) return described;
    throw fix('The account has no currency or no time zone yet.');
  } catch (error) {
    const { token, signal } = access;
    const look = { token, ...(signal ? { signal } : {}) };
    const found = isUnreached(error) && !access.loginCustomerId ? await listAccounts(api, look) : null;
    const one = found?.accounts.find(({ externalId }) => externalId === asked.customerId);
    if (one) return one;
    throw error;
  }
}

async function customerOf(
  api: AdsApi,
  access: CustomerAccess,
): Promise<z.infer<typeof customerRow>['customer']> {
  const rows = await api.search(access, CUSTOMER_QUERY);
  const customer = customerRow.safeParse(rows[0]).data?.customer;
  if (customer?.id === access.customerId) return customer;
  throw new ConnectorError('Google described another account than the one that was asked for.', {
    failure: 'RETRY',
  });
}

/** A walk's findings, by account number. */
interface Found {
  accounts: Map<string, AccountDescription>;
  unusable: Map<string, string>;
}

/**
 * Every account the token reaches: directly, and below the managers it reaches, at any depth. What is reached in
 * several ways is listed once, directly when possible, else through the first manager.
 */
export async function listAccounts(api: AdsApi, look: TokenLook): Promise<AccountListing> {
  const { loginCustomerId, ...access } = look;
  const found: Found = { accounts: new Map(), unusable: new Map() };
  const roots = loginCustomerId ? [digitsOf(loginCustomerId)] : await api.accessibleCustomers(access);
  const managers: string[] = [];
  for (const root of new Set(roots)) {
    const own = { ...access, customerId: root, loginCustomerId: root };
    await orUnusable(found, root, async () => {
      const customer = await customerOf(api, own);
      if (customer.manager) managers.push(root);
      else take(found, { ...customer, hidden: false, testAccount: false }, undefined);
    });
  }
  for (const manager of managers) {
    const own = { ...access, customerId: manager, loginCustomerId: manager };
    await orUnusable(found, manager, async () => {
      const clients = (await api.search(own, CLIENTS_QUERY)).flatMap(
        (row) => clientRow.safeParse(row).data?.customerClient ?? [],
      );
      for (const client of clients) if (!client.manager) take(found, client, manager);
    });
  }
  return {
    accounts: [...found.accounts.values()],
    unusable: [...found.unusable]
      .filter(([externalId]) => !found.accounts.has(externalId))
      .map(([externalId, reason]) => ({ externalId, reason })),
  };
}

function take({ accounts, unusable }: Found, client: Client, manager: string | undefined): void {
  if (accounts.has(client.id)) return;
  const account = toAccount(client, manager);
  const reason = account ? whyUnusable(client) : 'It has no currency or no time zone yet.';
  if (account && reason === null) accounts.set(client.id, account);
  else if (reason !== null) unusable.set(client.id, reason);
}

/** CustomerStatus: a test account is closed all its life, and can be read. */
function whyUnusable({ status: state, hidden, testAccount }: Client): string | null {
  if (state === 'CANCELED') return 'It was cancelled in Google Ads.';
  if (state === 'CLOSED' && !testAccount) return 'It was closed in Google Ads.';
  return hidden ? 'It is hidden in its manager account.' : null;
}

function toAccount(
  customer: z.infer<typeof customerRow>['customer'],
  loginCustomerId: string | undefined,
): AccountDescription | null {
  if (!customer.currencyCode || !customer.timeZone) return null;
  return {
    externalId: customer.id,
    name: customer.descriptiveName ?? '',
    currency: customer.currencyCode,
    timezone: customer.timeZone,
    status: customer.status,
    ...(loginCustomerId === undefined ? {} : { loginCustomerId }),
  };
}

/** Refusals that are about the one account that was asked for; every other would meet the next account as well. */
const OF_ONE_ACCOUNT = new Set([
  'authorizationError.USER_PERMISSION_DENIED',
  'authorizationError.CUSTOMER_NOT_ENABLED',
  'authorizationError.INCOMPLETE_SIGNUP',
  'authorizationError.MISSING_TOS',
  'authorizationError.ACCESS_DENIED_FOR_ACCOUNT_TYPE',
  'authorizationError.DEVELOPER_TOKEN_NOT_APPROVED',
  'authenticationError.CUSTOMER_NOT_FOUND',
]);

async function orUnusable(found: Found, root: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof ConnectorError) || !OF_ONE_ACCOUNT.has(error.vendorCode ?? '')) throw error;
    found.unusable.set(root, error.message);
  }
}

function isUnreached(error: unknown): boolean {
  return error instanceof ConnectorError && error.vendorCode === 'authorizationError.USER_PERMISSION_DENIED';
}

function fix(message: string): ConnectorError {
  return new ConnectorError(message, { failure: 'FIX' });
}
