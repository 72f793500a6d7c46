import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type {
  AccountAccess,
  AccountDescription,
  AdPlatform,
  CredentialCheck,
  PauseGate,
} from '../../connectors/ads/contract.ts';
import { ConnectorError } from '../../connectors/errors.ts';
import type { Context } from '../../context.ts';
import { badInput, notFound } from '../../errors.ts';
import type { AdAccount, Credential, Prisma } from '../../generated/prisma/client.ts';
import { addDays, addMonths, dayOf } from '../../lib/days.ts';
import { Secret } from '../../lib/secret.ts';
import { requireAdmin } from '../access.ts';
import { noteAlive } from '../credentials/dead.ts';
import { requireKept, sealToken } from '../credentials/seal.ts';
import { refuseSpending } from '../credentials/spending.ts';
import { parseInput } from '../parse.ts';
import { triggerSync } from '../sync/trigger.ts';
import { connectedCredential, tokenFor } from './access.ts';
import { heardSoFar } from './notices.ts';
import { createGate, refusePaused } from './pause.ts';
import { findPause } from './sql.ts';

const connectInput = z.object({
  clientId: z.string(),
  platform: z.string(),
  externalId: z.string().trim().min(1, 'must not be empty').max(100),
  token: z.string().trim().min(1, 'must not be empty').max(4096).nullish(),
  loginCustomerId: z.string().nullish(),
  trackedCampaignIds: z.array(z.string()).max(1000).nullish(),
});

type ConnectInput = z.output<typeof connectInput>;

/** With what the account is read: a token given by hand, or what the client connected in a browser, or the agency's. */
export interface Means {
  token: Secret | null;
  connected: Credential | null;
}

/** What the platform said before anything is stored. */
interface Checked {
  description: AccountDescription;
  credential: CredentialCheck;
  pausedUntil: Date | null;
}

/**
 * Connects an ad account to a client: asks the platform whether the token is good for it, then stores both in one
 * transaction. Connecting it again renews its token. Without a token it uses what the
 * client connected in a browser, else the agency's. Tokens that could spend budget are refused.
 * Throws NOT_FOUND, BAD_USER_INPUT when the platform refuses, UPSTREAM (by the mapper) when it does not answer.
 */
export async function connectAccount(ctx: Context, input: z.input<typeof connectInput>): Promise<AdAccount> {
  requireAdmin(ctx);
  const wanted = parseInput(connectInput, input);
  const platform = ctx.platforms.get(wanted.platform);
  if (!platform) throw badInput(`platform must be one of ${[...ctx.platforms.keys()].join(', ')}.`);
  const client = await ctx.db.prisma.client.findFirst({ where: { id: wanted.clientId } });
  if (!client) throw notFound('client');
  const means = await meansOf(ctx, wanted);
  const checked = await askPlatform(ctx, platform, { wanted, ...means });
  const account = await store(ctx, wanted, { ...means, ...checked });
  if (account.lastSyncedAt === null) await readHistory(ctx, account, client.backfillMonths);
  return account;
}

/** The token that was given, else what the client connected in a browser; neither = the agency's. */
export async function meansOf(
  ctx: Context,
  { clientId, platform, token }: { clientId: string; platform: string; token?: string | null | undefined },
): Promise<Means> {
  if (token) return { token: new Secret(token), connected: null };
  return { token: null, connected: await connectedCredential(ctx, { clientId, platform }) };
}

/** Starts reading the history that the client asked for when it was created. */
async function readHistory(ctx: Context, account: AdAccount, months: number): Promise<void> {
  if (months === 0) return;
  const to = dayOf(ctx.now(), account.timezone);
  const range = { from: addDays(addMonths(to, -months), 1), to };
  await triggerSync(ctx, { clientId: account.clientId, platform: account.platform, range });
}

async function askPlatform(
  ctx: Context,
  platform: AdPlatform,
  input: Means & { wanted: ConnectInput },
): Promise<Checked> {
  const { wanted } = input;
  const gate = await openGate(ctx, platform, wanted.externalId);
  try {
    const token = input.token ?? tokenFor(ctx, { platform: platform.key, credential: input.connected });
    const credential = await platform.checkCredential({ token });
    if (!credential.valid)
      throw badInput(`${platform.label} refuses the token: ${credential.reason ?? 'not valid'}.`);
    if (input.token) refuseSpending(ctx, credential);
    else await noteAlive(ctx, { platform: platform.key, token, credential: input.connected });
    const through = await managerOf(ctx, wanted);
    const access = { externalId: wanted.externalId, token, gate, ...through };
    const description = await platform.describeAccount(access);
    return { credential, description: { ...description, ...through }, pausedUntil: gate.closedUntil() };
  } catch (error) {
    throw refusedInput(error, `${platform.label} refuses ${wanted.externalId}`);
  }
}

/** What the platform has against it is for the caller to change; anything else stays as it is. */
export function refusedInput(error: unknown, what: string): unknown {
  if (!(error instanceof ConnectorError)) return error;
  if (error.failure !== 'REAUTHORIZE' && error.failure !== 'FIX') return error;
  return badInput(`${what}: ${error.message}`);
}

/** Also another client may hold the account: its pause is the platform's. Throws AccountPaused. */
async function openGate(ctx: Context, { key, label }: AdPlatform, externalId: string): Promise<PauseGate> {
  const since = heardSoFar(ctx);
  const stored = await findPause.maybe(ctx.db.staff.pool, key, externalId);
  const gate = createGate(
    ctx,
    { platform: key, externalId, pausedUntil: stored?.pausedUntil ?? null },
    since,
  );
  refusePaused({ label, until: gate.closedUntil(), reason: stored?.pauseReason ?? null }, ctx.now());
  return gate;
}

/** The manager to log in through: as given, else as it was when the account was connected before. */
async function managerOf(
  ctx: Context,
  wanted: ConnectInput,
): Promise<Pick<AccountAccess, 'loginCustomerId'>> {
  const { clientId, platform, externalId } = wanted;
  const known = await ctx.db.prisma.adAccount.findFirst({ where: { clientId, platform, externalId } });
  const loginCustomerId = wanted.loginCustomerId ?? known?.loginCustomerId;
  return loginCustomerId ? { loginCustomerId } : {};
}

async function store(ctx: Context, wanted: ConnectInput, found: Checked & Means): Promise<AdAccount> {
  const { description, token, connected, pausedUntil } = found;
  const key = { clientId: wanted.clientId, platform: wanted.platform, externalId: description.externalId };
  const facts = {
    name: description.name,
    currency: description.currency,
    timezone: description.timezone,
    status: description.status,
    loginCustomerId: description.loginCustomerId ?? null,
    ...(wanted.trackedCampaignIds ? { trackedCampaignIds: wanted.trackedCampaignIds } : {}),
  };
  return ctx.db.prisma.$transaction(async (tx) => {
    if (token || connected) await tx.credential.deleteMany({ where: ownToken(key) });
    const credentialId = token ? await storeToken(ctx, tx, { ...found, token, key }) : connected?.id;
    const credential = credentialId === undefined ? {} : { credentialId };
    return tx.adAccount.upsert({
      where: { clientId_platform_externalId: key },
      create: { ...key, ...facts, ...credential, pausedUntil },
      update: { ...facts, ...credential },
    });
  });
}

interface AccountKey {
  clientId: string;
  platform: string;
  externalId: string;
}

/** The token that an account was given by hand before; what a browser brought is for all accounts of the client. */
function ownToken(key: AccountKey): Prisma.CredentialWhereInput {
  return { clientId: key.clientId, kind: 'TOKEN', accounts: { some: key } };
}

/** A new credential for the account; the one it replaces has been deleted with its ciphertext. */
async function storeToken(
  ctx: Context,
  tx: Prisma.TransactionClient,
  input: { token: Secret; credential: CredentialCheck; key: AccountKey },
): Promise<string> {
  const { token, credential, key } = input;
  const row = { id: randomUUID(), clientId: key.clientId, platform: key.platform };
  const sealed = sealToken(ctx.secretKeys, token, row);
  await tx.credential.create({
    data: {
      ...row,
      ciphertext: new Uint8Array(sealed.ciphertext),
      keyId: sealed.keyId,
      lastFour: token.lastFour(),
      scopes: credential.scopes,
      expiresAt: credential.expiresAt,
      checkedAt: ctx.now(),
    },
  });
  requireKept(ctx.secretKeys, sealed);
  return row.id;
}
