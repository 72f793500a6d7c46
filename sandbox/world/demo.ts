import { dayNumber, type DayNumber } from './days.ts';
import { addAd, addAdSet, addCampaign, emptyAccount, type WorldFrame } from './build.ts';
import { DEMO_CLIENTS, type AccountPlan, type AdSetPlan, type CampaignTemplate } from './demoClients.ts';
import type { Account, AdSet, Campaign, Life, ObjectStatus } from './structure.ts';
import { mix, unit } from './random.ts';

/** A test ad lives this long, then it is replaced by the next. Short enough to be gone before a day is frozen. */
const SPRINT_DAYS = 21;

/** The accounts of the three demo clients. Everything is dated by the calendar, so two worlds of one seed agree. */
export function demoAccounts(frame: WorldFrame): Account[] {
  return DEMO_CLIENTS.flatMap((client) => client.accounts.map((plan) => demoAccount(plan, client, frame)));
}

function demoAccount(
  plan: AccountPlan,
  client: { currency: string; timezone: string },
  frame: WorldFrame,
): Account {
  const { externalId, name } = plan;
  const { currency, timezone } = client;
  const account = emptyAccount({ externalId, name, currency, timezone, statusCode: 1 }, frame);
  plan.campaigns.forEach((template, slot) => addTemplate(account, template, { slot, frame }));
  return account;
}

interface Place {
  slot: number;
  frame: WorldFrame;
}

function addTemplate(account: Account, template: CampaignTemplate, { slot, frame }: Place): void {
  for (const { year, life } of livesOf(template, frame)) {
    const ordinal = slot * 100 + (year === null ? 0 : year - 2000);
    const name = year === null ? template.name : `${template.name} ${year}`;
    const campaign = addCampaign(account, { name, purpose: template.purpose, life, ordinal });
    template.adSets.forEach((plan, place) =>
      addPlannedAdSet(account, campaign, { plan, ordinal: ordinal * 10 + place, frame }),
    );
  }
}

function livesOf(template: CampaignTemplate, frame: WorldFrame): { year: number | null; life: Life }[] {
  const { season } = template;
  if (season === undefined) return [{ year: null, life: { from: frame.from, to: null, after: 'ACTIVE' } }];
  const years = [];
  for (let year = 2015; year <= 2099; year++) {
    const from = dayNumber(`${year}-${season.from}`);
    const to = from + season.days - 1;
    if (to < frame.from || from > frame.until) continue;
    years.push({ year, life: { from, to, after: 'PAUSED' as ObjectStatus, ...ending(season.end, to) } });
  }
  return years;
}

function ending(end: 'PAUSED' | 'ARCHIVED' | 'DELETED', to: DayNumber): Pick<Life, 'finally'> {
  // Soon enough for every day of a three-week season to be younger than 28 days: later, its rows are frozen.
  return end === 'PAUSED' ? {} : { finally: { on: to + 6, status: end } };
}

function addPlannedAdSet(
  account: Account,
  campaign: Campaign,
  { plan, ordinal, frame }: { plan: AdSetPlan; ordinal: number; frame: WorldFrame },
): void {
  const adSet = addAdSet(account, campaign, { name: plan.name, ordinal });
  if (plan.tests) addTestAds(account, adSet, { ordinal, frame });
  (plan.ads ?? []).forEach((name, place) => {
    const adOrdinal = ordinal * 100 + place;
    const draw = unit(mix(account.key, adOrdinal), 77);
    const size = Math.round(plan.size * (0.6 + 0.8 * draw));
    addAd(account, adSet, { name, life: adLife(campaign.life, place), ordinal: adOrdinal, size, gaps: 0.06 });
  });
}

/** The fourth ad of an ad set has been switched off after 40 days, the others go as long as their campaign. */
function adLife(campaign: Life, place: number): Life {
  if (place !== 3) return campaign;
  const to = Math.min(campaign.from + 40, campaign.to ?? Infinity);
  return { ...campaign, to, after: 'PAUSED' };
}

/** One short-lived ad after the other: archived, deleted, or deleted beyond listing once its time is over. */
function addTestAds(
  account: Account,
  adSet: AdSet,
  { ordinal, frame }: { ordinal: number; frame: WorldFrame },
): void {
  const endings: ObjectStatus[] = ['DELETED', 'PURGED', 'ARCHIVED', 'PURGED'];
  for (let sprint = Math.ceil(frame.from / SPRINT_DAYS); sprint * SPRINT_DAYS <= frame.until; sprint++) {
    const from = sprint * SPRINT_DAYS;
    const after = endings[sprint % endings.length] ?? 'DELETED';
    const life: Life = { from, to: from + SPRINT_DAYS - 1, after };
    const name = `Test ${sprint}`;
    addAd(account, adSet, { name, life, ordinal: ordinal * 100 + (sprint % 100), size: 420, gaps: 0.1 });
  }
}
