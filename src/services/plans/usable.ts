import type { Context } from '../../context.ts';
import { deadAgencyTokens } from '../credentials/dead.ts';
import type { PlanAccountRow } from './sql.ts';
import type { UnusableAccount } from './summary.ts';

/** The accounts that cannot be read as things are, and what to do. Asks no platform. */
export async function unusableOf(
  ctx: Context,
  accounts: readonly PlanAccountRow[],
): Promise<UnusableAccount[]> {
  const deadTokens = new Set((await deadAgencyTokens(ctx)).map((use) => use.platform));
  return accounts.flatMap((account) => {
    const why = whyNot(ctx, account, deadTokens) ?? whyNotNow(ctx, account);
    const { id: accountId, client_id: clientId, platform, external_id: externalId } = account;
    return why ? [{ accountId, clientId, platform, externalId, ...why }] : [];
  });
}

type Why = Pick<UnusableAccount, 'reason' | 'pausedUntil'> | null;

function whyNot(ctx: Context, account: PlanAccountRow, deadTokens: ReadonlySet<string>): Why {
  const platform = ctx.platforms.get(account.platform);
  const because = (reason: string) => ({ reason, pausedUntil: null });
  if (!platform) return because(`No connector for the platform ${account.platform}.`);
  const { label, unset = [] } = platform;
  if (unset.length > 0) return because(`${label} cannot be called before ${unset.join(', ')} is set.`);
  if (account.credential_id !== null) {
    if (account.credential_status === 'VALID') return null;
    const state = account.credential_status === 'EXPIRED' ? 'has expired' : 'was revoked';
    return because(`The token of ${label} ${state}: connect the account again.`);
  }
  if (!ctx.agencyTokens.has(platform.key)) {
    return because('It has no credential, and there is no agency token: connect it with one.');
  }
  if (!deadTokens.has(platform.key)) return null;
  return because(`The agency's token of ${label} is not valid any more: give the server another one.`);
}

function whyNotNow(ctx: Context, { paused_until: until, pause_reason: reason }: PlanAccountRow): Why {
  if (until === null || until <= ctx.now()) return null;
  const pausedUntil = until.toISOString();
  return { reason: reason ?? 'The platform takes no calls for it before then.', pausedUntil };
}
