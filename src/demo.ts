import type { Context } from './context.ts';
import { connectAccount } from './services/accounts/connect.ts';
import { createClient } from './services/clients/create.ts';
import { triggerSync } from './services/sync/trigger.ts';

/** A client of the pretended world, with the tokens that open its accounts there. */
export interface DemoClient {
  name: string;
  slug: string;
  timezone: string;
  currency: string;
  accounts: DemoAccount[];
}

interface DemoAccount {
  /** One that this server cannot talk to is left out. */
  platform: string;
  externalId: string;
  token: string;
  loginCustomerId?: string;
}

const FIRST_SYNC_DAYS = 90;

/**
 * Creates the demo clients that are missing and starts their first sync; again after a start that was cut short.
 * An installation with clients of its own is left alone.
 */
export async function createDemoClients(ctx: Context, demo: readonly DemoClient[]): Promise<void> {
  const existing = new Set((await ctx.db.prisma.client.findMany()).map((client) => client.slug));
  const demoSlugs = new Set(demo.map((client) => client.slug));
  if ([...existing].some((slug) => !demoSlugs.has(slug))) return;
  for (const { accounts, ...client } of demo.filter(({ slug }) => !existing.has(slug))) {
    const { id: clientId } = await createClient(ctx, client);
    const known = accounts.filter(({ platform }) => ctx.platforms.has(platform));
    for (const account of known) await connectAccount(ctx, { clientId, ...account });
    await triggerSync(ctx, { clientId, days: FIRST_SYNC_DAYS });
  }
}
