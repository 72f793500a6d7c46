import type { AccessState, OAuthDesk } from './oauth.ts';
import { GoogleAdsError, requestError, userPermissionDenied } from './errors.ts';
import type { Customer } from './world/structure.ts';
import type { GoogleWorld } from './world/world.ts';

/** What a call says about who asks. */
export interface Credentials {
  /** The `Authorization` header. */
  authorization: string | null;
  developerToken: string | null;
  /** Without a header: null. */
  loginCustomerId: string | null;
}

const DEAD: Record<Exclude<AccessState, 'valid' | 'noscope'>, [name: string, message: string]> = {
  expired: ['OAUTH_TOKEN_EXPIRED', 'OAuth token in the header has expired.'],
  revoked: ['OAUTH_TOKEN_REVOKED', 'OAuth token in the header has been revoked.'],
  invalid: ['OAUTH_TOKEN_INVALID', 'OAuth token in the header is not valid.'],
};

/** Throws what the platform answers to a call that does not say who asks. */
export function requireIdentity(oauth: OAuthDesk, credentials: Credentials, at: Date): void {
  const token = /^Bearer\s+(\S+)$/i.exec(credentials.authorization ?? '')?.[1];
  if (token === undefined) {
    const message =
      'Request is missing required authentication credential. Expected OAuth 2 access token, login cookie or other ' +
      'valid authentication credential.';
    throw new GoogleAdsError(message, { status: 401, reason: 'CREDENTIALS_MISSING' });
  }
  const state = oauth.access(token, at);
  if (state === 'noscope') {
    const message = 'Request had insufficient authentication scopes.';
    throw new GoogleAdsError(message, { status: 403, reason: 'ACCESS_TOKEN_SCOPE_INSUFFICIENT' });
  }
  if (state !== 'valid') {
    const [name, message] = DEAD[state];
    throw new GoogleAdsError(message, { errorCode: { authenticationError: name } });
  }
  requireDeveloper(credentials.developerToken);
}

/** Any developer token will do but `wrong…`, and `test…`, which is for test accounts only. */
function requireDeveloper(token: string | null): void {
  if (token === null || token === '' || token.startsWith('wrong')) {
    const errorCode = { authenticationError: 'DEVELOPER_TOKEN_INVALID' };
    throw new GoogleAdsError('The developer token is not valid.', { errorCode });
  }
  if (!token.startsWith('test')) return;
  const message =
    'The developer token is only approved for use with test accounts. To access non-test accounts, apply for Basic ' +
    'or Standard access.';
  throw new GoogleAdsError(message, { errorCode: { authorizationError: 'DEVELOPER_TOKEN_NOT_APPROVED' } });
}

/** The customer of a call, when whoever logged in may read it. Throws as the platform does. */
export function requireCustomer(world: GoogleWorld, id: string, { loginCustomerId }: Credentials): Customer {
  if (!/^\d{10}$/.test(id)) throw requestError('INVALID_CUSTOMER_ID', `Invalid customer ID '${id}'.`);
  if (loginCustomerId !== null && !/^\d{10}$/.test(loginCustomerId)) {
    const message = `Login customer id header value could not be validated: '${loginCustomerId}'.`;
    throw new GoogleAdsError(message, { errorCode: { headerError: 'INVALID_LOGIN_CUSTOMER_ID' } });
  }
  const customer = world.customers.get(id);
  if (customer === undefined) {
    const message = 'No customer found for the provided customer id.';
    throw new GoogleAdsError(message, { errorCode: { authenticationError: 'CUSTOMER_NOT_FOUND' } });
  }
  if (customer.denied || !leadsTo(world, loginCustomerId ?? id, id)) throw userPermissionDenied();
  if (customer.status === 'ENABLED') return customer;
  const message =
    "The customer account can't be accessed because it is not yet enabled or has been deactivated.";
  throw new GoogleAdsError(message, { errorCode: { authorizationError: 'CUSTOMER_NOT_ENABLED' } });
}

/** People log in to customers without a manager, and reach from there what is below. */
function leadsTo(world: GoogleWorld, login: string, id: string): boolean {
  const isDirect = world.customers.get(login)?.managerId === null;
  return isDirect && (login === id || world.above(id).includes(login));
}
