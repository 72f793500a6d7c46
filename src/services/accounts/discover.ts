import { z } from 'zod';
import type { AccountDescription, AccountListing } from '../../connectors/ads/contract.ts';
import type { Context } from '../../context.ts';
import { badInput, notFound } from '../../errors.ts';
import { requireAdmin } from '../access.ts';
import { refuseDeadToken } from '../credentials/dead.ts';
import { parseInput } from '../parse.ts';
import { tokenFor } from './access.ts';
import { meansOf, refusedInput } from './connect.ts';
import { heardSoFar } from './notices.ts';

const discoverInput = z.object({
  clientId: z.string(),
  platform: z.string(),
  token: z.string().trim().min(1, 'must not be empty').max(4096).nullish(),
  loginCustomerId: z.string().trim().min(1, 'must not be empty').max(100).nullish(),
});

/** An account that could be connected, or is. */
export interface DiscoveredAccount extends AccountDescription {
  /** It is already an account of this client. */
  connected: boolean;
}

export interface DiscoveredAccounts {
  accounts: DiscoveredAccount[];
  unusable: AccountListing['unusable'];
}

/**
 * The accounts that a token reaches, by name: the given one, else what the client connected in a browser, else the
 * agency's. Stores nothing. Throws NOT_FOUND, BAD_USER_INPUT when the platform refuses, UPSTREAM (by the mapper) when
 * it does not answer.
 */
export async function discoverAccounts(
  ctx: Context,
  input: z.input<typeof discoverInput>,
): Promise<DiscoveredAccounts> {
  requireAdmin(ctx);
  const wanted = parseInput(discoverInput, input);
  const platform = ctx.platforms.get(wanted.platform);
  if (!platform) throw badInput(`platform must be one of ${[...ctx.platforms.keys()].join(', ')}.`);
  const { clientId, loginCustomerId } = wanted;
  if (!(await ctx.db.prisma.client.findFirst({ where: { id: clientId } }))) throw notFound('client');
  const since = heardSoFar(ctx);
  const means = await meansOf(ctx, wanted);
  try {
    const credential = means.connected;
    const token = means.token ?? tokenFor(ctx, { platform: platform.key, credential });
    if (!means.token) await refuseDeadToken(ctx, { platform: platform.key, token, credential }, since);
    const listing = await platform.listAccounts({ token, ...(loginCustomerId ? { loginCustomerId } : {}) });
    return markConnected(listing, await connectedIds(ctx, { clientId, platform: platform.key }));
  } catch (error) {
    throw refusedInput(error, `${platform.label} shows no accounts`);
  }
}

async function connectedIds(
  ctx: Context,
  where: { clientId: string; platform: string },
): Promise<ReadonlySet<string>> {
  const rows = await ctx.db.prisma.adAccount.findMany({ where, select: { externalId: true } });
  return new Set(rows.map(({ externalId }) => externalId));
}

function markConnected(listing: AccountListing, connected: ReadonlySet<string>): DiscoveredAccounts {
  const accounts = listing.accounts
    .map((account) => ({ ...account, connected: connected.has(account.externalId) }))
    .sort((a, b) => a.name.localeCompare(b.name) || a.externalId.localeCompare(b.externalId));
  return { accounts, unusable: listing.unusable };
}
