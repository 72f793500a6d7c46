import type { AccountAccess, AdPlatform } from '../../connectors/ads/contract.ts';
import { ConnectorError } from '../../connectors/errors.ts';
import type { Context } from '../../context.ts';
import { notFound } from '../../errors.ts';
import type { AdAccount, Credential } from '../../generated/prisma/client.ts';
import type { Secret } from '../../lib/secret.ts';
import { unsealToken } from '../credentials/seal.ts';

export interface ReachableAccount {
  account: AdAccount;
  platform: AdPlatform;
  access: AccountAccess;
}

/**
 * An account together with what is needed to call its platform. For jobs and verbs that have checked access.
 * Throws NOT_FOUND, and ConnectorError REAUTHORIZE when no token is there for it.
 */
export async function accountAccess(
  ctx: Context,
  input: { accountId: string; clientId: string },
): Promise<ReachableAccount> {
  const { accountId: id, clientId } = input;
  const found = await ctx.db.prisma.adAccount.findFirst({
    where: { id, clientId },
    include: { credential: true },
  });
  if (!found) throw notFound('account');
  const { credential, ...account } = found;
  const platform = platformOf(ctx, account.platform);
  const token = tokenFor(ctx, {
    platform: account.platform,
    credential: credential ?? (await connectedCredential(ctx, { clientId, platform: account.platform })),
  });
  return {
    account,
    platform,
    access: {
      externalId: account.externalId,
      token,
      ...(account.loginCustomerId === null ? {} : { loginCustomerId: account.loginCustomerId }),
    },
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
