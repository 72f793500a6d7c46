import { GraphError } from './errors.ts';
import type { JsonObject } from './json.ts';

const SCOPES = ['ads_read', 'read_insights', 'business_management'];

export type TokenState = 'valid' | 'expired' | 'revoked' | 'nopermission' | 'malformed';

/** `sandbox-…` is valid for every account; what follows the prefix can say otherwise. `extra` are valid as well. */
export function tokenState(token: string, extra: ReadonlySet<string>): TokenState {
  if (extra.has(token)) return 'valid';
  if (!token.startsWith('sandbox-')) return 'malformed';
  const rest = token.slice('sandbox-'.length);
  if (rest.startsWith('expired')) return 'expired';
  if (rest.startsWith('revoked')) return 'revoked';
  return rest.startsWith('nopermission') ? 'nopermission' : 'valid';
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
export function requireToken(token: string | null, extra: ReadonlySet<string>): void {
  const state = requireIdentity(token, extra);
  if (state !== 'nopermission') return;
  throw new GraphError(403, {
    code: 200,
    message: '(#200) Ad account owner has NOT grant ads_management or ads_read permission',
    type: 'OAuthException',
  });
}

/** As `requireToken`, but permissions do not matter. */
export function requireIdentity(token: string | null, extra: ReadonlySet<string>): TokenState {
  if (token === null || token === '') {
    const message = 'An access token is required to request this resource.';
    throw new GraphError(400, { code: 104, message, type: 'OAuthException' });
  }
  const state = tokenState(token, extra);
  if (state === 'valid' || state === 'nopermission') return state;
  const { status, ...body } = DEAD[state];
  throw new GraphError(status, { type: 'OAuthException', ...body });
}

/** The `data` of `debug_token`: a dead token is described, not refused. */
export function describeToken(token: string, now: Date, extra: ReadonlySet<string>): JsonObject {
  const state = tokenState(token, extra);
  const seconds = Math.floor(now.getTime() / 1000);
  const app = { app_id: '1234567890', type: 'SYSTEM_USER', application: 'Tributary sandbox' };
  if (state === 'valid' || state === 'nopermission') {
    const scopes = state === 'valid' ? SCOPES : ['public_profile'];
    const times = { issued_at: seconds - 86_400, expires_at: seconds + 55 * 86_400 };
    const data_access_expires_at = seconds + 80 * 86_400;
    return { ...app, ...times, data_access_expires_at, is_valid: true, scopes, user_id: '100000000000001' };
  }
  const { code, message, error_subcode } = DEAD[state];
  return { ...app, is_valid: false, scopes: [], error: { code, message, subcode: error_subcode } };
}

/** The `data` of `me/permissions`. */
export function permissions(state: TokenState): JsonObject[] {
  const status = state === 'valid' ? 'granted' : 'declined';
  return SCOPES.map((permission) => ({ permission, status }));
}
