import { addMonths, dayNumber, firstOfMonth, localMoment } from './days.ts';
import { demoAccounts } from './demo.ts';
import { DEMO_CLIENTS } from './demoClients.ts';
import { factOf, type FactRow } from './facts.ts';
import { recordedAccount, type Recording } from './recorded.ts';
import { rollUp, type Level } from './rollUp.ts';
import { specifiedAccount, type AccountSpec } from './specified.ts';
import { GOOGLE_DEMO_ACCOUNTS } from '../google/world/demo.ts';
import type { WorldFrame } from './build.ts';
import { hasAdRows } from './status.ts';
import type { Account, Ad, AdSet, Campaign } from './structure.ts';

const HISTORY_MONTHS = 24;
/** Structure is laid out this far ahead, so that the clock can be moved. */
const AHEAD_MONTHS = 36;

export interface DemoClient {
  name: string;
  slug: string;
  timezone: string;
  currency: string;
  accounts: DemoAccount[];
}

/** An account that a demo client starts with, and what opens it. */
export interface DemoAccount {
  platform: 'META' | 'GOOGLE';
  externalId: string;
  token: string;
  /** Google: the manager it is reached through. */
  loginCustomerId?: string;
}

export interface WorldOptions {
  seed: number;
  startedAt: Date;
  recorded?: Recording;
  accounts?: AccountSpec[];
}

/** An object of any account, found by its id. */
export type Found =
  | { kind: 'campaign'; account: Account; campaign: Campaign }
  | { kind: 'adset'; account: Account; adSet: AdSet }
  | { kind: 'ad'; account: Account; ad: Ad };

/** The generated outside world. Everything is computed from the seed when asked; nothing is stored. */
export interface World {
  accounts: ReadonlyMap<string, Account>;
  demoClients: DemoClient[];
  find(id: string): Found | undefined;
  /**
   * The rows of one account, level and day as the platform would report them at a moment; none when nothing was
   * delivered. Throws for an unknown account.
   */
  insights(externalId: string, level: Level, when: { day: string; askedAt: Date }): FactRow[];
}

/** Throws when the recording cannot be read or an account is specified wrongly. */
export function createWorld(options: WorldOptions): World {
  const accounts = new Map(accountsOf(options).map((account) => [account.externalId, account]));
  const objects = objectsOf(accounts.values());
  return {
    accounts,
    demoClients: demoClients(),
    find: (id) => objects.get(id),
    insights(externalId, level, { day, askedAt }) {
      const account = accounts.get(externalId);
      if (account === undefined) throw new Error(`the sandbox has no account ${externalId}`);
      const seen = localMoment(askedAt, account.timezone);
      const date = dayNumber(day);
      const ads = level === 'ad' ? account.ads.filter((ad) => hasAdRows(ad, seen.today)) : account.ads;
      const cells = rollUp(account, { level, slices: [{ from: date, to: date }], ads }, seen);
      return cells.map((cell) => factOf(account, level, cell));
    },
  };
}

/** What every platform's accounts share. */
export function frameOf({ seed, startedAt }: Pick<WorldOptions, 'seed' | 'startedAt'>): WorldFrame {
  const { today } = localMoment(startedAt, 'UTC');
  const from = firstOfMonth(addMonths(today, -HISTORY_MONTHS));
  return { seed, from, until: addMonths(today, AHEAD_MONTHS) };
}

function accountsOf(options: WorldOptions): Account[] {
  const frame = frameOf(options);
  return [
    ...demoAccounts(frame),
    ...(options.recorded === undefined ? [] : [recordedAccount(options.recorded)]),
    ...(options.accounts ?? []).map((spec) => specifiedAccount(spec, frame)),
  ];
}

/** Where two objects share an id, the larger one is found: campaign before ad set before ad. */
function objectsOf(accounts: Iterable<Account>): Map<string, Found> {
  const objects = new Map<string, Found>();
  for (const account of accounts) {
    for (const ad of account.ads) objects.set(ad.id, { kind: 'ad', account, ad });
    for (const adSet of account.adSets) objects.set(adSet.id, { kind: 'adset', account, adSet });
    for (const campaign of account.campaigns)
      objects.set(campaign.id, { kind: 'campaign', account, campaign });
  }
  return objects;
}

function demoClients(): DemoClient[] {
  return DEMO_CLIENTS.map(({ name, slug, timezone, currency, accounts }) => {
    const token = `sandbox-${slug}`;
    const meta = accounts.map(({ externalId }): DemoAccount => ({ platform: 'META', externalId, token }));
    return { name, slug, timezone, currency, accounts: [...meta, ...googleAccounts(slug, token)] };
  });
}

function googleAccounts(slug: string, token: string): DemoAccount[] {
  const own = GOOGLE_DEMO_ACCOUNTS.filter(({ client }) => client === slug);
  return own.map(({ customerId, loginCustomerId }) => {
    const login = loginCustomerId === undefined ? {} : { loginCustomerId };
    return { platform: 'GOOGLE', externalId: customerId, token, ...login };
  });
}
