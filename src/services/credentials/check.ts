import type { CredentialCheck, TokenAccess } from '../../connectors/ads/contract.ts';
import { ConnectorError } from '../../connectors/errors.ts';
import type { Context } from '../../context.ts';
import type { CredentialStatus } from '../../db/enums.ts';
import type { Credential } from '../../generated/prisma/client.ts';
import type { TaskOutcome, TaskWork } from '../runs/task.ts';
import type { Checked, CredentialState } from './judge.ts';
import { deadAgencyTokens, noteAlive } from './dead.ts';
import { labelOf, remedyOf } from './label.ts';
import { isNews, judgeCheck, warningOf } from './judge.ts';
import { unsealToken } from './seal.ts';
import { saveCheck } from './sql.ts';

/**
 * Asks each platform about each credential of the task's client, keeps what it says and warns of those that end soon
 * or are not valid any more. One that cannot be asked about now does not stop the others; the task then fails with its
 * error, and asking again is harmless.
 */
export async function checkCredentials(ctx: Context, task: TaskWork): Promise<TaskOutcome> {
  const { clientId } = task;
  if (clientId === null) return checkAgencyTokens(ctx, task);
  const credentials = await ctx.db.prisma.credential.findMany({
    where: { clientId },
    orderBy: { createdAt: 'asc' },
  });
  const unanswered: unknown[] = [];
  for (const credential of credentials) {
    try {
      await checkOne(ctx, task, credential);
    } catch (error) {
      task.signal.throwIfAborted();
      if (!(error instanceof ConnectorError)) throw error;
      await task.log('WARN', `${nameOf(ctx, credential)} could not be checked: ${error.message}`);
      unanswered.push(error);
    }
  }
  if (unanswered.length > 0) throw unanswered[0];
  if (credentials.length > 0) return { status: 'SUCCEEDED' };
  return { status: 'SKIPPED', reason: 'The client has no credentials any more.' };
}

/** Of the agency's tokens only those that a platform has refused are asked about: one that it takes again is used again. */
async function checkAgencyTokens(ctx: Context, task: TaskWork): Promise<TaskOutcome> {
  for (const use of await deadAgencyTokens(ctx)) {
    const { platform, token } = use;
    const { valid } = await askerOf(ctx, { platform })({ token, signal: task.signal });
    const label = labelOf(ctx, platform);
    if (valid) await noteAlive(ctx, use);
    else
      await task.log(
        'WARN',
        `The agency's token of ${label} is not valid any more: give the server another one.`,
      );
  }
  return { status: 'SUCCEEDED' };
}

async function checkOne(ctx: Context, task: TaskWork, credential: Credential): Promise<void> {
  const check = await ask(ctx, credential, task.signal);
  const now = ctx.now();
  const known = knownOf(credential);
  const state = judgeCheck(check, known, now);
  const remedy = remedyOf(ctx, credential);
  const warning = warningOf({ ...state, remedy, reason: check.reason }, now);
  if (!(await save(task, credential, { state, warning, now }))) return;
  if (warning !== null && isNews(known, state, now)) {
    await task.log('WARN', `${nameOf(ctx, credential)} ${warning}`);
  }
}

/** A token that cannot be opened, or that the platform refuses, is an answer too. */
async function ask(ctx: Context, credential: Credential, signal: AbortSignal): Promise<CredentialCheck> {
  try {
    const token = unsealToken(ctx.secretKeys, credential, credential);
    return await askerOf(ctx, credential)({ token, signal });
  } catch (error) {
    if (!(error instanceof ConnectorError) || error.failure !== 'REAUTHORIZE') throw error;
    return { valid: false, scopes: [], expiresAt: null, reason: error.message };
  }
}

/** The connector knows tokens of every kind; where there is none that can call, whoever gave the token does. */
function askerOf(
  ctx: Context,
  { platform }: Pick<Credential, 'platform'>,
): (access: TokenAccess) => Promise<CredentialCheck> {
  const connector = ctx.platforms.get(platform);
  const provider = ctx.oauthPlatforms.get(platform)?.provider;
  const asked = connector && !connector.unset?.length ? connector : (provider ?? connector);
  if (asked) return (access) => asked.checkCredential(access);
  throw new ConnectorError(`This server is not set up for the platform ${platform}.`, { failure: 'FIX' });
}

function knownOf({ status, scopes, expiresAt, checkedAt, warning }: Credential): CredentialState & Checked {
  return { status: status as CredentialStatus, scopes, expiresAt, checkedAt, warning };
}

/** False when the credential was renewed or deleted since it was read: then the answer is about another token. */
async function save(
  task: TaskWork,
  { id, ciphertext }: Credential,
  found: { state: CredentialState; warning: string | null; now: Date },
): Promise<boolean> {
  const { state, warning, now } = found;
  const { status, scopes, expiresAt } = state;
  let saved = 0;
  await task.checkpoint(async (sql) => {
    saved = await saveCheck.run(sql, id, ciphertext, status, scopes, expiresAt, warning, now);
    return { records: 0 };
  });
  return saved > 0;
}

function nameOf(ctx: Context, { platform, lastFour }: Credential): string {
  return `${labelOf(ctx, platform)} …${lastFour}`;
}
