import { ConnectorError } from '../../connectors/errors.ts';
import type { Context } from '../../context.ts';
import type { CredentialStatus } from '../../db/enums.ts';
import { errorText } from '../../db/errors.ts';
import type { Credential } from '../../generated/prisma/client.ts';
import { sha256 } from '../../lib/crypto.ts';
import type { Secret } from '../../lib/secret.ts';
import type { Heard } from '../accounts/notices.ts';
import { noticesOf } from '../accounts/notices.ts';
import { judgeCheck, warningOf } from './judge.ts';
import { labelOf, remedyOf } from './label.ts';
import {
  clearAgencyDeath,
  findAgencyDeath,
  keepAgencyDeath,
  listAgencyDeaths,
  markAlive,
  markDead,
} from './sql.ts';

/** A token that calls are made with, and where it is from. */
export interface TokenUse {
  platform: string;
  token: Secret;
  /** The row it is stored in; null = it is the agency's. */
  credential: Credential | null;
}

/** Tells tokens apart without holding them. */
export function fingerprint(token: Secret): string {
  return sha256(token.reveal()).toString('hex');
}

/** Where the death of the agency's token is kept. */
export function deathKey(platform: string): string {
  return `agencyToken.dead.${platform}`;
}

function keyOf({ platform, token, credential }: TokenUse): string {
  return `${credential?.id ?? `agency ${platform}`} ${fingerprint(token)}`;
}

/**
 * Throws ConnectorError REAUTHORIZE for a token that a platform has refused as a whole and that nobody has renewed or
 * found valid since. `since` is the moment before the credential was read.
 */
export async function refuseDeadToken(ctx: Context, use: TokenUse, since: Heard): Promise<void> {
  const heard = noticesOf(ctx).deaths.since(keyOf(use), since.deaths);
  if (heard !== null) await noteDeath(ctx, use, heard);
  if (heard === null && !(await isKnownDead(ctx, use))) return;
  throw deadToken(ctx, use);
}

/** For calls on their way: throws as `refuseDeadToken` does, from what this process knows. */
export function refuseHeardDeath(ctx: Context, use: TokenUse, since: Heard): void {
  if (noticesOf(ctx).deaths.since(keyOf(use), since.deaths) !== null) throw deadToken(ctx, use);
}

async function isKnownDead(ctx: Context, { platform, token, credential }: TokenUse): Promise<boolean> {
  if (credential) return credential.status !== 'VALID';
  const found = await findAgencyDeath.maybe(ctx.db.staff.pool, deathKey(platform), fingerprint(token));
  return found !== null;
}

function deadToken(ctx: Context, { platform, credential }: TokenUse): ConnectorError {
  const label = labelOf(ctx, platform);
  const message = credential
    ? `The token of ${label} …${credential.lastFour} ${sentence(ctx, credential)}`
    : `The agency's token of ${label} is not valid any more: give the server another one, or connect the client by itself.`;
  return new ConnectorError(message, { failure: 'REAUTHORIZE', concerns: 'CREDENTIAL' });
}

function sentence(ctx: Context, credential: Credential): string {
  const { status, warning } = credential;
  return status !== 'VALID' && warning !== null
    ? `${warning}.`
    : `is not valid any more: ${remedyOf(ctx, credential)}.`;
}

/**
 * A platform said that the token is good for nothing any more: this process makes no further call with it from this
 * moment, and the others none from when it is stored. Told once in the log. Does nothing to a token that was renewed
 * since. Never rejects.
 */
export async function noteDeath(ctx: Context, use: TokenUse, reason: string): Promise<void> {
  const stored = noticesOf(ctx).deaths.add(keyOf(use), reason);
  const { platform, credential } = use;
  try {
    const news = credential
      ? await storeDeath(ctx, credential, reason)
      : await storeAgencyDeath(ctx, use, reason);
    stored();
    if (!news) return;
    const whose = { platform, credentialId: credential?.id ?? null, clientId: credential?.clientId ?? null };
    ctx.log.warn({ ...whose, reason }, 'a token is not valid any more: its accounts wait for another one');
  } catch (error) {
    ctx.log.warn({ platform, reason: errorText(error) }, 'the end of a token could not be stored');
  }
}

async function storeDeath(ctx: Context, credential: Credential, reason: string): Promise<boolean> {
  const { id, ciphertext, scopes, expiresAt } = credential;
  const now = ctx.now();
  const known = { status: credential.status as CredentialStatus, scopes, expiresAt };
  const { status } = judgeCheck({ valid: false, scopes: [], expiresAt: null }, known, now);
  const warning = warningOf({ status, expiresAt, remedy: remedyOf(ctx, credential), reason }, now);
  return (await markDead.run(ctx.db.staff.pool, id, ciphertext, status, warning, now)) > 0;
}

async function storeAgencyDeath(
  ctx: Context,
  { platform, token }: TokenUse,
  reason: string,
): Promise<boolean> {
  const death = { fingerprint: fingerprint(token), at: ctx.now().toISOString(), reason };
  return (await keepAgencyDeath.run(ctx.db.staff.pool, deathKey(platform), JSON.stringify(death))) > 0;
}

/** The platform was asked, and takes the token after all. */
export async function noteAlive(ctx: Context, { platform, token, credential }: TokenUse): Promise<void> {
  const { pool } = ctx.db.staff;
  if (credential) await markAlive.run(pool, credential.id, credential.ciphertext, ctx.now());
  else await clearAgencyDeath.run(pool, deathKey(platform), fingerprint(token));
}

/** The agency's tokens of this server that a platform has refused. */
export async function deadAgencyTokens(ctx: Context): Promise<TokenUse[]> {
  const deaths = await listAgencyDeaths.all(ctx.db.staff.pool, deathKey(''));
  const dead = new Set(deaths.map(({ key, fingerprint: print }) => `${key} ${print}`));
  return [...ctx.agencyTokens]
    .filter(([platform, token]) => dead.has(`${deathKey(platform)} ${fingerprint(token)}`))
    .map(([platform, token]) => ({ platform, token, credential: null }));
}
