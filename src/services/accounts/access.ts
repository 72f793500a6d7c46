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
  const token = tokenFor(ctx, { platform: account.platform, credential });
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

/** The account's own token, else the agency's for that platform. */
export function tokenFor(ctx: Context, input: { platform: string; credential: Credential | null }): Secret {
  if (input.credential) {
    const { credential } = input;
    return unsealToken(
      ctx.secretKeys,
      { ...credential, ciphertext: Buffer.from(credential.ciphertext) },
      credential,
    );
  }
  const agency = ctx.agencyTokens.get(input.platform);
  if (!agency) {
    throw new ConnectorError('The account has no token and there is no agency token: connect it with one.', {
      failure: 'REAUTHORIZE',
    });
  }
  return agency;
}
