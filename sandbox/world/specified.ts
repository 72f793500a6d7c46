import { dayNumber, isDay } from './days.ts';
import { addAd, addAdSet, addCampaign, emptyAccount, type WorldFrame } from './build.ts';
import type { Account, AdSet, Life, Purpose } from './structure.ts';

/** An account laid out for a test or a bench: every ad is active and delivers every day unless told otherwise. */
export interface AccountSpec {
  /** `act_` and digits. */
  externalId: string;
  name?: string;
  /** ISO 4217, default USD. */
  currency?: string;
  /** IANA, default UTC. */
  timezone?: string;
  campaigns: number;
  adSetsPerCampaign: number;
  adsPerAdSet: number;
  /** Default ACTIVE. */
  status?: AccountStatus;
  /** First day with figures, `YYYY-MM-DD`; default the start of the world's history. */
  firstDay?: string;
  /** One more token that is valid, for every account. */
  token?: string;
  /** Deleted ads per campaign that no list shows but the campaign's figures contain; default 0. */
  hiddenAdsPerCampaign?: number;
  /** Share of days on which an ad is not delivered, 0-1; default 0. */
  gaps?: number;
}

const STATUS_CODES = {
  ACTIVE: 1,
  DISABLED: 2,
  UNSETTLED: 3,
  PENDING_RISK_REVIEW: 7,
  PENDING_SETTLEMENT: 8,
  IN_GRACE_PERIOD: 9,
  PENDING_CLOSURE: 100,
  CLOSED: 101,
} as const;

export type AccountStatus = keyof typeof STATUS_CODES;

const PURPOSES: Purpose[] = ['sales', 'leads', 'sales', 'traffic'];

/** Throws when the spec's id or first day is not one. */
export function specifiedAccount(spec: AccountSpec, frame: WorldFrame): Account {
  if (!/^act_\d+$/.test(spec.externalId))
    throw new Error(`${spec.externalId} is not an account id (act_<digits>)`);
  if (spec.firstDay !== undefined && !isDay(spec.firstDay))
    throw new Error('firstDay is not a day (YYYY-MM-DD)');
  const from = spec.firstDay === undefined ? frame.from : dayNumber(spec.firstDay);
  const head = {
    externalId: spec.externalId,
    name: spec.name ?? `Account ${spec.externalId.slice(4)}`,
    currency: spec.currency ?? 'USD',
    timezone: spec.timezone ?? 'UTC',
    statusCode: STATUS_CODES[spec.status ?? 'ACTIVE'],
  };
  const account = emptyAccount(head, { ...frame, from });
  const life: Life = { from, to: null, after: 'ACTIVE' };
  for (let i = 0; i < spec.campaigns; i++) layOutCampaign(account, spec, { i, life });
  return account;
}

function layOutCampaign(account: Account, spec: AccountSpec, { i, life }: { i: number; life: Life }): void {
  const purpose = PURPOSES[i % PURPOSES.length] ?? 'sales';
  const campaign = addCampaign(account, { name: `Campaign ${i + 1}`, purpose, life, ordinal: i });
  for (let j = 0; j < spec.adSetsPerCampaign; j++) {
    const name = `Ad set ${i + 1}.${j + 1}`;
    const adSet = addAdSet(account, campaign, { name, ordinal: account.adSets.length });
    for (let k = 0; k < spec.adsPerAdSet; k++) layOutAd(account, adSet, { spec, name: `Ad ${k + 1}`, life });
    if (j > 0) continue;
    const hidden: Life = { ...life, finally: { on: life.from, status: 'PURGED' } };
    const count = spec.hiddenAdsPerCampaign ?? 0;
    for (let k = 0; k < count; k++) layOutAd(account, adSet, { spec, name: `Hidden ${k + 1}`, life: hidden });
  }
}

function layOutAd(
  account: Account,
  adSet: AdSet,
  plan: { spec: AccountSpec; name: string; life: Life },
): void {
  const ordinal = account.ads.length;
  const size = 1200 + ((ordinal * 797) % 3100);
  addAd(account, adSet, { name: plan.name, life: plan.life, ordinal, size, gaps: plan.spec.gaps ?? 0 });
}
