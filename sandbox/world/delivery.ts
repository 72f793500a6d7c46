import { monthOf, weekday, type DayNumber } from './days.ts';
import { unitsPerDollar, minorDigits } from './money.ts';
import type { Metrics } from './metrics.ts';
import { mix, unit } from './random.ts';
import { delivers, type Account, type Ad, type Purpose } from './structure.ts';

/** The last age in whole days at which a conversion can still arrive; from 28 on a day is frozen. */
const LAST_ARRIVAL = 27;

const WEEK = [1.0, 0.97, 0.98, 1.02, 1.1, 1.18, 1.05];
const YEAR = [0.86, 0.88, 0.95, 0.97, 1.0, 0.98, 0.92, 0.96, 1.03, 1.06, 1.24, 1.3];

interface Rates {
  /** USD for a thousand impressions. */
  cpm: number;
  ctr: number;
  /** Of link clicks. */
  lead: number;
  purchase: number;
}

const RATES: Record<Purpose, Rates> = {
  sales: { cpm: 9.5, ctr: 0.014, lead: 0.004, purchase: 0.028 },
  leads: { cpm: 8.2, ctr: 0.012, lead: 0.085, purchase: 0.004 },
  traffic: { cpm: 4.1, ctr: 0.021, lead: 0.005, purchase: 0.003 },
  awareness: { cpm: 2.3, ctr: 0.004, lead: 0.001, purchase: 0.001 },
};

/** Share of the cost that may still be missing at ages 0, 1 and 2. */
const UNSETTLED = [0.02, 0.012, 0.004];

const DRAW = {
  gap: 1,
  size: 2,
  cpm: 3,
  ctr: 4,
  link: 5,
  landing: 6,
  reach: 7,
  drift: 8,
  engage: 9,
  play: 10,
};
const LEADS = 1_000;
const PURCHASES = 2_000;

/** How a generated ad did on a day, seen `seen.today - day` days later. The same question always has the same answer. */
export function generated(account: Account): Account['deliver'] {
  const minorPerDollar = unitsPerDollar(account.currency) * 10 ** minorDigits(account.currency);
  return (ad, day, seen) => {
    const age = seen.today - day;
    if (age < 0 || !delivers(ad.life, day) || !delivers(ad.adSet.campaign.life, day)) return null;
    if (day < account.firstDay) return null;
    const key = mix(ad.key, day);
    if (unit(key, DRAW.gap) < ad.gaps) return null;
    return seenAt({ ad, day, key, age, hour: seen.hour, minorPerDollar });
  };
}

interface Cell {
  ad: Ad;
  day: DayNumber;
  key: number;
  age: number;
  hour: number;
  minorPerDollar: number;
}

function seenAt(cell: Cell): Metrics | null {
  const { ad, key, age } = cell;
  const rates = RATES[ad.adSet.campaign.purpose];
  const passed = age === 0 ? cell.hour / 24 : 1;
  const impressionsAtEnd = Math.round(ad.size * pattern(cell.day) * (0.7 + 0.6 * unit(key, DRAW.size)));
  const impressions = Math.floor(impressionsAtEnd * passed);
  if (impressions === 0) return null;
  const clicksAtEnd = Math.round(impressionsAtEnd * rates.ctr * (0.6 + 0.8 * unit(key, DRAW.ctr)));
  const linkClicksAtEnd = Math.floor(clicksAtEnd * (0.65 + 0.25 * unit(key, DRAW.link)));
  const linkClicks = Math.floor(linkClicksAtEnd * passed);
  const leads = arrived(cell, LEADS, linkClicksAtEnd * rates.lead);
  const sales = arrived(cell, PURCHASES, linkClicksAtEnd * rates.purchase);
  return {
    impressions,
    spend: spendAt(cell, impressionsAtEnd * rates.cpm),
    clicks: Math.floor(clicksAtEnd * passed),
    linkClicks,
    landingPageViews: Math.floor(linkClicks * (0.7 + 0.2 * unit(key, DRAW.landing))),
    reach: Math.max(1, Math.floor(impressions * (0.6 + 0.35 * unit(key, DRAW.reach)))),
    engagements: Math.floor(impressions * 0.006 * unit(key, DRAW.engage)),
    videoPlays: ad.video ? Math.floor(impressions * (0.25 + 0.2 * unit(key, DRAW.play))) : 0,
    leads: leads.count,
    pixelLeads: leads.count,
    purchases: sales.count,
    purchaseValue: sales.value,
    carts: Math.floor(sales.count * 2.4),
    checkouts: Math.floor(sales.count * 1.5),
  };
}

/** How much is going on on a day, by weekday and month; 1 = an ordinary day. */
export function pattern(day: DayNumber): number {
  return (WEEK[weekday(day)] ?? 1) * (YEAR[monthOf(day) - 1] ?? 1);
}

/** Cost in minor units; the platform corrects it slightly on the two days after. */
function spendAt(cell: Cell, thousandths: number): number {
  const price = 0.8 + 0.4 * unit(cell.key, DRAW.cpm);
  const final = Math.round((thousandths * price * cell.minorPerDollar) / 1000);
  const missing = Math.floor(final * (UNSETTLED[cell.age] ?? 0) * unit(cell.key, DRAW.drift));
  return cell.age === 0 ? Math.floor(((final - missing) * cell.hour) / 24) : final - missing;
}

/** How many of the day's conversions are known at the cell's age, and their worth: each has its own day of arrival. */
function arrived(cell: Cell, draw: number, expected: number): { count: number; value: number } {
  const key = mix(cell.key, draw);
  const total = Math.floor(expected + unit(key, 0));
  let count = 0;
  let value = 0;
  for (let i = 1; i <= total; i++) {
    const conversion = mix(key, i);
    const delay = arrivalDay(unit(conversion, 1));
    if (delay > cell.age || (cell.age === 0 && Math.floor(24 * unit(conversion, 2)) >= cell.hour)) continue;
    count += 1;
    value += Math.round((35 + 90 * unit(conversion, 3)) * cell.minorPerDollar);
  }
  return { count, value };
}

/** Over half arrive on the day itself, the rest ever more thinly over four weeks. */
function arrivalDay(draw: number): number {
  if (draw < 0.55) return 0;
  const late = (draw - 0.55) / 0.45;
  return 1 + Math.min(LAST_ARRIVAL - 1, Math.floor(late * late * late * LAST_ARRIVAL));
}
