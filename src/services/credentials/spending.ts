import type { CredentialCheck } from '../../connectors/ads/contract.ts';
import type { Context } from '../../context.ts';
import { badInput } from '../../errors.ts';

/** Throws BAD_USER_INPUT for a token that could spend budget, unless this server was told to take such tokens. */
export function refuseSpending(ctx: Pick<Context, 'allowSpendingTokens'>, check: CredentialCheck): void {
  if (check.spends === undefined || ctx.allowSpendingTokens) return;
  throw badInput(check.spends);
}
