import type { AccountAccess, AdPlatform, PauseGate } from '../../connectors/ads/contract.ts';
import { ConnectorError } from '../../connectors/errors.ts';
import type { Context } from '../../context.ts';
import { notFound } from '../../errors.ts';
import type { AdAccount, Credential } from '../../generated/prisma/client.ts';
import type { Secret } from '../../lib/secret.ts';
import type { TokenUse } from '../credentials/dead.ts';
import { noteDeath, refuseDeadToken, refuseHeardDeath } from '../credentials/dead.ts';
import { unsealToken } from '../credentials/seal.ts';
import { heeded } from './heed.ts';
import type { Heard } from './notices.ts';
import { heardSoFar } from './notices.ts';
import { createGate, refusePaused } from './pause.ts';

export interface ReachableAccount {
  account: AdAccount;
  /** Keeps every pause and every dead token that the platform announces, see `heeded`. */
  platform: AdPlatform;
  access: AccountAccess;
}

/**
 * An account together with what is needed to call its platform. For jobs and verbs that have checked access.
 * Throws NOT_FOUND; ConnectorError REAUTHORIZE when there is no token for it or the token is known to be dead, and WAIT
 * (AccountPaused) while the platform takes no calls for it: then nothing was asked of the platform.
 */
export async function accountAccess(
  ctx: Context,
  input: { accountId: string; clientId: string },
): Promise<ReachableAccount> {
  const { accountId: id, clientId } = input;
  const since = heardSoFar(ctx);
  const found = await ctx.db.prisma.adAccount.findFirst({
    where: { id, clientId },
    include: { credential: true },
  });
  if (!found) throw notFound('account');
  const { credential: own, ...account } = found;
  const platform = platformOf(ctx, account.platform);
  const credential = own ?? (await connectedCredential(ctx, { clientId, platform: platform.key }));
  const use = {
    platform: platform.key,
    credential,
    token: tokenFor(ctx, { platform: platform.key, credential }),
  };
  await refuseDeadToken(ctx, use, since);
  const gate = gateOf(ctx, { account, use, since });
  refusePaused({ label: platform.label, until: gate.closedUntil(), reason: account.pauseReason }, ctx.now());
  return {
    account,
    platform: heeded(platform, {
      gate,
      now: ctx.now,
      onDeadToken: (error) => noteDeath(ctx, use, error.message),
    }),
    access: {
      externalId: account.externalId,
      token: use.token,
      gate,
      ...(account.loginCustomerId === null ? {} : { loginCustomerId: account.loginCustomerId }),
    },
  };
}

/** The account's gate, through which nothing goes with a token that died meanwhile. */
function gateOf(
  ctx: Context,
  { account, use, since }: { account: AdAccount; use: TokenUse; since: Heard },
): PauseGate {
  const gate = createGate(ctx, account, since);
  return {
    closedUntil: () => {
      refuseHeardDeath(ctx, use, since);
      return gate.closedUntil();
    },
    close: (until, reason) => gate.close(until, reason),
  };
}

/** The connector of a stored platform key. */
export function platformOf(ctx: Context, key: string): AdPlatform {
  const platform = ctx.platforms.get(key);
  if (!platform) throw new ConnectorError(`No connector for the platform ${key}.`, { failure: 'FIX' });
  return platform;
}

/** What somebody connected in a browser for all the client's accounts of a platform. */
export function connectedCredential(
  ctx: Context,
  { clientId, platform }: { clientId: string; platform: string },
): Promise<Credential | null> {
  return ctx.db.prisma.credential.findFirst({ where: { clientId, platform, kind: 'OAUTH' } });
}

/** The credential's token, else the agency's for that platform. Throws ConnectorError when there is neither. */
export function tokenFor(ctx: Context, input: { platform: string; credential: Credential | null }): Secret {
  if (input.credential) {
    const { credential } = input;
    return unsealToken(ctx.secretKeys, credential, credential);
  }
  const agency = ctx.agencyTokens.get(input.platform);
  if (!agency) {
    throw new ConnectorError(
      'The account has no credential, and there is no agency token: connect the platform for its client, or the account with a token.',
      {
        failure: 'REAUTHORIZE',
      },
    );
  }
  return agency;
}
