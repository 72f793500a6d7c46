import type { ActionCount, DecimalText, GoalDefinition, InsightRow } from '../../connectors/ads/contract.ts';
import type { Day, DayRange } from '../../lib/days.ts';
import { canonical, DecimalSum, isZero } from '../../lib/money.ts';
import type { ChosenGoal } from '../goals/choose.ts';
import { chooseGoals } from '../goals/choose.ts';
import { Balance } from './balance.ts';
import type { Measures } from './balance.ts';
import type { DayCame } from './judge.ts';

/** A row of ad_insights to be, without client, account and run. A null ad is the remainder row. */
export interface Fact {
  date: Day;
  campaign: string;
  adSet: string | null;
  ad: string | null;
  currency: string;
  spend: DecimalText;
  impressions: DecimalText;
  clicks: DecimalText;
  linkClicks: DecimalText;
  reach: DecimalText | null;
  conversions: DecimalText;
  conversionValue: DecimalText;
  /** JSON: name → { count, value, action }. */
  goals: string;
  /** JSON: action type → { count, value }, numbers in their canonical writing. */
  actions: string;
}

/**
 * Campaigns of one day whose ads do not tell of the campaign's own row, by external id: that row's currency, or null when
 * the platform reported none. Of all others `currencyToldBy` their rows is right, whatever the goals.
 */
export type CampaignRows = Readonly<Record<string, string | null>>;

/**
 * The currency of the row that the platform reported for a campaign-day itself, as its stored rows tell: a remainder
 * says so, and ads without one add up to the campaign, so they have its currency. Null = they do not tell.
 */
export function currencyToldBy(rows: Iterable<Pick<Fact, 'ad' | 'currency'>>): string | null {
  const currencies = new Set<string>();
  for (const { ad, currency } of rows) {
    if (ad === null) return currency;
    currencies.add(currency);
  }
  const [only] = currencies;
  return currencies.size === 1 ? (only ?? null) : null;
}

interface CampaignDay {
  date: Day;
  campaign: Fact | null;
  ads: Map<string, Fact>;
  /** By currency; the remainder is what is left in the currency of the campaign's row. */
  balances: Map<string, Balance>;
}

/**
 * Gathers the rows of one account and window, of both levels and in any order, into the facts that replace its
 * slices: one per ad-day, and one remainder per campaign-day so that the rows add up to the campaign's own total
 * (SPEC §3). A row that comes twice counts once, the last one wins. Rows are made small as they come: one copy.
 */
export class WindowFacts {
  /** How many rows came. */
  rows = 0;
  /** How many of them came again. */
  merged = 0;
  readonly #goals: readonly GoalDefinition[];
  readonly #days = new Map<string, CampaignDay>();
  readonly #campaignRows = new Map<Day, Record<string, string | null>>();

  /** `goals` in the client's order: the first is the primary one. */
  constructor(goals: readonly GoalDefinition[]) {
    this.#goals = goals;
  }

  add(row: InsightRow): void {
    this.rows += 1;
    const day = this.#dayOf(row);
    const chosen = chooseGoals(this.#goals, row.actions);
    const fact = this.#fact(row, { ...row, goals: chosen });
    const before = row.level === 'CAMPAIGN' ? day.campaign : day.ads.get(fact.ad ?? '');
    if (before) {
      this.merged += 1;
      book(balanceOf(day, before), measuresOf(before), before.ad !== null ? 'IN' : 'OUT');
    }
    book(balanceOf(day, fact), { ...row, goals: chosen }, fact.ad === null ? 'IN' : 'OUT');
    if (row.level === 'CAMPAIGN') day.campaign = fact;
    else day.ads.set(fact.ad ?? '', fact);
  }

  /** All of them, or those of some of the days. */
  *facts(range?: DayRange): Generator<Fact> {
    for (const day of this.#days.values()) {
      if (range && (day.date < range.from || day.date > range.to)) continue;
      yield* day.ads.values();
      const remainder = day.campaign && this.#remainder(day, day.campaign);
      this.#noteCampaignRow(day);
      if (remainder) yield remainder;
    }
  }

  /** The days on which rows came, and what their facts add up to. */
  days(): Map<Day, DayCame> {
    const days = new Map<Day, { delivered: boolean; sums: Map<string, DecimalSum> }>();
    for (const campaignDay of this.#days.values()) {
      const { date } = campaignDay;
      let day = days.get(date);
      if (!day) days.set(date, (day = { delivered: false, sums: new Map() }));
      for (const fact of countedOf(campaignDay)) {
        day.delivered ||= !isZero(fact.spend) || !isZero(fact.impressions);
        const sum = day.sums.get(fact.currency);
        if (sum) sum.add(fact.spend);
        else day.sums.set(fact.currency, new DecimalSum().add(fact.spend));
      }
    }
    const textsOf = (sums: Map<string, DecimalSum>) =>
      new Map([...sums].map(([key, sum]) => [key, sum.text()]));
    return new Map(
      [...days].map(([date, { delivered, sums }]) => [date, { delivered, spend: textsOf(sums) }]),
    );
  }

  /** What the facts do not tell of their campaigns' own rows, by day; complete when `facts` is at its end. */
  campaignRows(): ReadonlyMap<Day, CampaignRows> {
    return this.#campaignRows;
  }

  /** Asks the ads alone: with other goals a remainder comes and goes. A campaign without ads is its remainder. */
  #noteCampaignRow({ ads, campaign: own }: CampaignDay): void {
    const currency = own?.currency ?? null;
    for (const { date, campaign } of ads.values()) {
      if (currencyToldBy(ads.values()) !== currency) {
        this.#campaignRows.set(date, { ...this.#campaignRows.get(date), [campaign]: currency });
      }
      return;
    }
  }

  #dayOf(row: InsightRow): CampaignDay {
    const key = `${row.date} ${row.campaignExternalId}`;
    let day = this.#days.get(key);
    if (!day) this.#days.set(key, (day = newCampaignDay(row.date)));
    return day;
  }

  #fact(row: InsightRow, measures: Measures & { goals: readonly ChosenGoal[] }): Fact {
    const isAd = row.level === 'AD';
    return {
      date: row.date,
      campaign: row.campaignExternalId,
      adSet: isAd ? row.adSetExternalId : null,
      ad: isAd ? row.adExternalId : null,
      currency: row.currency,
      spend: row.spend,
      impressions: row.impressions,
      clicks: row.clicks,
      linkClicks: row.linkClicks,
      reach: row.reach,
      ...this.#primary(measures.goals),
      goals: goalsJson(measures.goals),
      actions: actionsJson(row.actions),
    };
  }

  #remainder(day: CampaignDay, campaign: Fact): Fact | null {
    const left = day.balances.get(campaign.currency)?.left();
    if (!left) return null;
    const { spend, impressions, clicks, linkClicks } = left;
    const actionOf = JSON.parse(campaign.goals) as Record<string, ChosenGoal>;
    const goals = left.goals.map((goal) => ({ ...goal, action: actionOf[goal.name]?.action ?? null }));
    return {
      ...campaign,
      ...{ spend, impressions, clicks, linkClicks, reach: null },
      ...this.#primary(goals),
      goals: goalsJson(goals),
      actions: actionsJson(left.actions),
    };
  }

  #primary(goals: Measures['goals']): Pick<Fact, 'conversions' | 'conversionValue'> {
    const primary = goals.find((goal) => goal.name === this.#goals[0]?.name);
    return { conversions: primary?.count ?? '0', conversionValue: primary?.value ?? '0' };
  }
}

function newCampaignDay(date: Day): CampaignDay {
  return { date, campaign: null, ads: new Map(), balances: new Map() };
}

/** The rows whose sum is the campaign-day's: its own row, and ads in a currency of which that says nothing. */
function* countedOf({ campaign, ads }: CampaignDay): Generator<Fact> {
  if (campaign) yield campaign;
  for (const ad of ads.values()) if (ad.currency !== campaign?.currency) yield ad;
}

function balanceOf(day: CampaignDay, fact: Fact): Balance {
  let balance = day.balances.get(fact.currency);
  if (!balance) day.balances.set(fact.currency, (balance = new Balance()));
  return balance;
}

/** Campaign rows come in and ads' rows go out; a row that is replaced goes the other way again. */
function book(balance: Balance, measures: Measures, way: 'IN' | 'OUT'): void {
  if (way === 'IN') balance.comeIn(measures);
  else balance.goOut(measures);
}

function measuresOf(fact: Fact): Measures {
  const goals = JSON.parse(fact.goals) as Record<string, ActionCount>;
  return {
    ...fact,
    actions: JSON.parse(fact.actions) as Record<string, ActionCount>,
    goals: Object.entries(goals).map(([name, { count, value }]) => ({ name, count, value })),
  };
}

function goalsJson(goals: readonly (Measures['goals'][number] & { action: string | null })[]): string {
  if (goals.length === 0) return '{}';
  return JSON.stringify(
    Object.fromEntries(goals.map(({ name, count, value, action }) => [name, { count, value, action }])),
  );
}

/**
 * Written by hand: three times as fast as JSON.stringify, and no key such as `__proto__` gets lost. Joined, because
 * text put together with + stays a tree of its parts, many times its size.
 */
function actionsJson(actions: Measures['actions']): string {
  const parts: string[] = [];
  for (const type in actions) {
    const reported = actions[type];
    if (!reported) continue;
    const { count, value } = reported;
    parts.push(JSON.stringify(type), ':{"count":"', canonical(count), '","value":"', canonical(value), '"},');
  }
  if (parts.length === 0) return '{}';
  parts[parts.length - 1] = '"}';
  return `{${parts.join('')}}`;
}
