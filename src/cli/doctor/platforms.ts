import PQueue from 'p-queue';
import type { AdPlatform, ApiVersion, CredentialCheck } from '../../connectors/ads/contract.ts';
import { ConnectorError } from '../../connectors/errors.ts';
import type { Context } from '../../context.ts';
import type { Day } from '../../lib/days.ts';
import { dayOf, daysBetween } from '../../lib/days.ts';
import { accountAccess } from '../../services/accounts/access.ts';
import type { Finding } from './check.ts';
import { fail, ok, warn } from './check.ts';

const LONGEST_CHECK_MS = 20_000;
const AT_ONCE = 4;
const SOON_DAYS = 14;
/** When health warns of an API version for the first time. */
const VERSION_WARNING_DAYS = 60;

/** Every platform's settings and API version, and every connected credential tried out, each once. */
export async function checkPlatforms(ctx: Context): Promise<Finding[]> {
  const today = dayOf(ctx.now(), 'UTC');
  const accounts = await connectedAccounts(ctx);
  const platforms = [...ctx.platforms.values()].map((platform) => ({
    ...platform,
    isUsed: accounts.some((account) => account.platform === platform.key),
    canBeConnected: Boolean(ctx.oauthPlatforms.get(platform.key)?.provider),
  }));
  const findings = platforms.flatMap((platform) => judgePlatform(platform, today));
  const callable = new Set(platforms.filter((platform) => isCallable(platform)).map(({ key }) => key));
  const tried = accounts.filter(({ platform }) => callable.has(platform));
  if (accounts.length === 0) return [...findings, ok('platforms', 'no account is connected yet')];
  return [...findings, ...(tried.length === 0 ? [] : await checkCredentials(ctx, tried))];
}

/** What is known of a platform without calling it. */
export type PlatformState = Pick<AdPlatform, 'label' | 'unset' | 'apiVersion'> & {
  /** Accounts of it are connected. */
  isUsed: boolean;
  /** People can connect it in a browser, so somebody means to use it. */
  canBeConnected: boolean;
};

function isCallable({ unset = [] }: Pick<AdPlatform, 'unset'>): boolean {
  return unset.length === 0;
}

/** A platform that lacks settings is told of only where somebody uses it or has begun to set it up. */
export function judgePlatform(platform: PlatformState, today: Day): Finding[] {
  const { label, unset = [], apiVersion, isUsed, canBeConnected } = platform;
  if (isCallable(platform)) return apiVersion ? [judgeVersion(label, apiVersion, today)] : [];
  if (!isUsed && !canBeConnected) return [];
  const found = `${label} cannot be called: ${unset.join(', ')} not set`;
  return [(isUsed ? fail : warn)('platforms', found, `Set ${unset.join(', ')} in the environment.`)];
}

export function judgeVersion(label: string, { version, endsOn }: ApiVersion, today: Day): Finding {
  if (endsOn === null) return ok('platforms', `${label} API ${version}, no end announced`);
  const left = daysBetween(today, endsOn);
  const todo = 'Set the newer version in the environment, or update Tributary.';
  if (left <= 0) return fail('platforms', `${label} API ${version} ended on ${endsOn}`, todo);
  const found = `${label} API ${version} ends on ${endsOn}`;
  return left <= VERSION_WARNING_DAYS ? warn('platforms', found, todo) : ok('platforms', found);
}

interface ConnectedAccount {
  id: string;
  clientId: string;
  platform: string;
  externalId: string;
  credentialId: string | null;
  client: { slug: string };
}

function connectedAccounts(ctx: Context): Promise<ConnectedAccount[]> {
  return ctx.db.prisma.adAccount.findMany({
    where: { client: { active: true } },
    include: { client: { select: { slug: true } } },
    orderBy: [{ platform: 'asc' }, { externalId: 'asc' }],
  });
}

async function checkCredentials(ctx: Context, accounts: readonly ConnectedAccount[]): Promise<Finding[]> {
  // One account stands for all that share its credential.
  const shared = new Map(
    accounts.map((account) => [account.credentialId ?? `agency ${account.platform}`, account]),
  );
  const queue = new PQueue({ concurrency: AT_ONCE });
  const findings = await queue.addAll([...shared.values()].map((account) => () => checkOne(ctx, account)));
  const good = findings.filter((finding) => finding.status === 'OK').length;
  const summary = `${String(good)} of ${String(findings.length)} credentials work`;
  return [
    ...(good > 0 ? [ok('platforms', summary)] : []),
    ...findings.filter(({ status }) => status !== 'OK'),
  ];
}

async function checkOne(ctx: Context, account: ConnectedAccount): Promise<Finding> {
  const name = `${account.platform} ${account.externalId} of ${account.client.slug}`;
  try {
    const { platform, access } = await accountAccess(ctx, {
      accountId: account.id,
      clientId: account.clientId,
    });
    const signal = AbortSignal.timeout(LONGEST_CHECK_MS);
    return judgeCredential(name, await platform.checkCredential({ ...access, signal }), ctx.now());
  } catch (error) {
    return describeProblem(name, error);
  }
}

export function judgeCredential(name: string, check: CredentialCheck, now: Date): Finding {
  const again = 'Connect the account again with a new token: connectAccount.';
  if (!check.valid) return fail('platforms', `${name}: ${check.reason ?? 'the token is not valid.'}`, again);
  const { expiresAt } = check;
  if (expiresAt === null || expiresAt.getTime() - now.getTime() > SOON_DAYS * 86_400_000) {
    return ok('platforms', name);
  }
  return warn('platforms', `${name}: the token ends on ${dayOf(expiresAt, 'UTC')}`, again);
}

function describeProblem(name: string, error: unknown): Finding {
  if (error instanceof ConnectorError) {
    const message = `${name}: ${error.message}`;
    if (error.failure === 'WAIT')
      return warn('platforms', message, 'The platform asks for a pause: try again later.');
    if (error.failure === 'RETRY')
      return fail('platforms', message, "Check the network and the platform's URL, then try again.");
    return fail(
      'platforms',
      message,
      'Connect the account again with a token that reaches it: connectAccount.',
    );
  }
  if (error instanceof DOMException && error.name === 'TimeoutError') {
    const seconds = String(LONGEST_CHECK_MS / 1000);
    return fail(
      'platforms',
      `${name}: no answer in ${seconds} s`,
      'Check the network, proxies and firewalls.',
    );
  }
  // What else can be thrown is a credential that does not open, which the check of the secrets explains.
  return fail('platforms', `${name}: its credential cannot be used`, 'See the check of the secrets.');
}
