import { z } from 'zod';
import { Secret } from '../../../lib/secret.ts';
import { ConnectorError } from '../../errors.ts';
import type { CredentialCheck, TokenAccess } from '../contract.ts';
import type { Graph } from './api.ts';
import { scrub } from './scrub.ts';

/** Either of them lets a token read insights. */
const READING_SCOPES = ['ads_read', 'ads_management'];
/** "Permissions Reference": it changes campaigns, and with them what is spent. */
const SPENDING_SCOPE = 'ads_management';

const seconds = z.number().int().nonnegative().max(8_640_000_000_000).catch(0);
const inspection = z.object({
  data: z.object({
    is_valid: z.boolean(),
    scopes: z.array(z.string()).catch([]),
    expires_at: seconds,
    data_access_expires_at: seconds,
    error: z.object({ message: z.string() }).nullish().catch(null),
  }),
});
const permissions = z.object({ data: z.array(z.object({ permission: z.string(), status: z.string() })) });

/** The app whose tokens are inspected. */
export interface App {
  id: string;
  secret: Secret;
}

/**
 * Asks `/debug_token` in the app's name: validity, scopes and expiry, without using the token. `graph` must be one
 * without an app secret, because the proof belongs to calls in a person's name.
 */
export async function inspectToken(graph: Graph, app: App, access: TokenAccess): Promise<CredentialCheck> {
  const token = new Secret(`${app.id}|${app.secret.reveal()}`);
  const params = { input_token: access.token.reveal() };
  try {
    const call = { path: 'debug_token', params, token, accountId: '', signal: access.signal };
    const { data } = (await graph(call, inspection)).value;
    const known = [access.token.reveal(), app.secret.reveal()];
    const dead = scrub(data.error?.message ?? 'The token is not valid.', known);
    const reason = data.is_valid ? missingScope(data.scopes) : dead;
    return { ...verdict(reason), ...spending(data.scopes), scopes: data.scopes, expiresAt: earliest(data) };
  } catch (error) {
    throw isDead(error) ? appRefused(error) : error;
  }
}

/** Asks `/me/permissions` in the token's own name: validity and scopes; Meta does not tell the expiry there. */
export async function askPermissions(graph: Graph, access: TokenAccess): Promise<CredentialCheck> {
  try {
    const call = { path: 'me/permissions', token: access.token, accountId: '', signal: access.signal };
    const { data } = (await graph(call, permissions)).value;
    const scopes = data.filter((row) => row.status === 'granted').map((row) => row.permission);
    return { ...verdict(missingScope(scopes)), ...spending(scopes), scopes, expiresAt: null };
  } catch (error) {
    if (isDead(error)) return { valid: false, scopes: [], expiresAt: null, reason: error.message };
    throw error;
  }
}

function verdict(reason: string | null): { valid: boolean; reason?: string } {
  return reason === null ? { valid: true } : { valid: false, reason };
}

function spending(scopes: readonly string[]): { spends?: string } {
  if (!scopes.includes(SPENDING_SCOPE)) return {};
  return {
    spends:
      `The token has the permission ${SPENDING_SCOPE}, with which it could change campaigns and spend budget. ` +
      'Give one with ads_read; business_management is optional.',
  };
}

function missingScope(scopes: readonly string[]): string | null {
  if (READING_SCOPES.some((scope) => scopes.includes(scope))) return null;
  return 'The token lacks the permission ads_read: connect the account again.';
}

/** 0 = never. The data grant ends after 90 days without a renewal, also for tokens that never expire. */
function earliest(data: { expires_at: number; data_access_expires_at: number }): Date | null {
  const ends = [data.expires_at, data.data_access_expires_at].filter((end) => end > 0);
  return ends.length === 0 ? null : new Date(Math.min(...ends) * 1000);
}

function isDead(error: unknown): error is ConnectorError {
  return error instanceof ConnectorError && error.failure === 'REAUTHORIZE';
}

function appRefused(error: ConnectorError): ConnectorError {
  const message = 'Meta refused the app id or app secret: check META_APP_ID and META_APP_SECRET.';
  return new ConnectorError(message, {
    failure: 'FIX',
    ...(error.status === undefined ? {} : { status: error.status }),
    ...(error.vendorCode === undefined ? {} : { vendorCode: error.vendorCode }),
  });
}
