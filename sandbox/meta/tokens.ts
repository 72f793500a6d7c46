import { GraphError } from './errors.ts';
import type { JsonObject } from './json.ts';

const SCOPES = ['ads_read', 'read_insights', 'business_management'];
/** Either of them opens the account door. */
const READING = ['ads_read', 'ads_management'];
const DATA_GRANT_SECONDS = 90 * 86_400;

export type TokenState = 'valid' | 'expired' | 'revoked' | 'nopermission' | 'malformed';

/** A token that a person gave to an app in the dialog. Moments in Unix seconds. */
export interface IssuedToken {
  appId: string;
  scopes: string[];
  issuedAt: number;
  expiresAt: number;
}

/** The tokens a sandbox knows. */
export interface TokenBook {
  /** Valid besides `sandbox-…`. */
  extra: ReadonlySet<string>;
  issued: ReadonlyMap<string, IssuedToken>;
  /** True for one that has been made to expire. */
  isExpired?: ((token: string) => boolean) | undefined;
}

export const unixSeconds = (at: Date): number => Math.floor(at.getTime() / 1000);

/**
 * What a token is good for at a moment. `sandbox-…` is valid for every account; what follows the prefix can say
 * otherwise. A token from the dialog ends when it was said to.
 */
export function tokenState(token: string, { extra, issued, isExpired }: TokenBook, at: Date): TokenState {
  if (isExpired?.(token)) return 'expired';
  const given = issued.get(token);
  if (given) {
    if (given.expiresAt <= unixSeconds(at)) return 'expired';
    return given.scopes.some((scope) => READING.includes(scope)) ? 'valid' : 'nopermission';
  }
  if (extra.has(token)) return 'valid';
  if (!token.startsWith('sandbox-')) return 'malformed';
  const rest = token.slice('sandbox-'.length);
  if (rest.startsWith('expired')) return 'expired';
  if (rest.startsWith('revoked')) return 'revoked';
  return rest.startsWith('nopermission') ? 'nopermission' : 'valid';
}

/** The scopes of a token that lives; `sandbox-spending…` may also change campaigns. */
export function scopesOf(token: string, { issued }: TokenBook): string[] {
  const given = issued.get(token);
  if (given) return given.scopes;
  return token.startsWith('sandbox-spending') ? [...SCOPES, 'ads_management'] : SCOPES;
}

const DEAD: Record<'expired' | 'revoked' | 'malformed', GraphError['body'] & { status: number }> = {
  expired: {
    status: 400,
    code: 190,
    error_subcode: 463,
    message:
      'Error validating access token: Session has expired on Friday, 18-Aug-26 03:00:00 PDT. ' +
      'The current time is after that.',
  },
  revoked: {
    status: 400,
    code: 190,
    error_subcode: 458,
    message: 'Error validating access token: The user has not authorized application 1234567890.',
  },
  malformed: { status: 401, code: 190, message: 'Invalid OAuth access token - Cannot parse access token' },
};

/** Throws what the platform answers to a token that does not open the account door. */
export function requireToken(token: string | null, book: TokenBook, at: Date): void {
  const state = requireIdentity(token, book, at);
  if (state !== 'nopermission') return;
  throw new GraphError(403, {
    code: 200,
    message: '(#200) Ad account owner has NOT grant ads_management or ads_read permission',
    type: 'OAuthException',
  });
}

/** As `requireToken`, but permissions do not matter. */
export function requireIdentity(token: string | null, book: TokenBook, at: Date): TokenState {
  if (token === null || token === '') {
    const message = 'An access token is required to request this resource.';
    throw new GraphError(400, { code: 104, message, type: 'OAuthException' });
  }
  const state = tokenState(token, book, at);
  if (state === 'valid' || state === 'nopermission') return state;
  const { status, ...body } = DEAD[state];
  throw new GraphError(status, { type: 'OAuthException', ...body });
}

/** The `data` of `debug_token`: a dead token is described, not refused. */
export function describeToken(token: string, book: TokenBook, at: Date): JsonObject {
  const state = tokenState(token, book, at);
  const given = book.issued.get(token);
  const about = given ? { app_id: given.appId, type: 'USER' } : { app_id: '1234567890', type: 'SYSTEM_USER' };
  const app = { ...about, application: 'Tributary sandbox' };
  if (state === 'valid' || state === 'nopermission') {
    const scopes = given || state === 'valid' ? scopesOf(token, book) : ['public_profile'];
    return { ...app, ...timesOf(given, at), is_valid: true, scopes, user_id: '100000000000001' };
  }
  const { code, message, error_subcode } = DEAD[state];
  const times = given ? timesOf(given, at) : {};
  return { ...app, ...times, is_valid: false, scopes: [], error: { code, message, subcode: error_subcode } };
}

function timesOf(given: IssuedToken | undefined, at: Date): JsonObject {
  const now = unixSeconds(at);
  if (!given) {
    const data_access_expires_at = now + 80 * 86_400;
    return { issued_at: now - 86_400, expires_at: now + 55 * 86_400, data_access_expires_at };
  }
  const { issuedAt, expiresAt } = given;
  const data_access_expires_at = issuedAt + DATA_GRANT_SECONDS;
  return { issued_at: issuedAt, expires_at: expiresAt, data_access_expires_at };
}

/** The `data` of `me/permissions`. */
export function permissions(token: string, book: TokenBook, state: TokenState): JsonObject[] {
  const status = state === 'valid' || book.issued.has(token) ? 'granted' : 'declined';
  return scopesOf(token, book).map((permission) => ({ permission, status }));
}
