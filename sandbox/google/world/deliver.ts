import type { DayNumber, LocalMoment } from '../../world/days.ts';
import { pattern } from '../../world/delivery.ts';
import { minorDigits, unitsPerDollar } from '../../world/money.ts';
import { mix, unit } from '../../world/random.ts';
import { delivers } from '../../world/structure.ts';
import type { Ad, Channel, ConversionAction, Customer } from './structure.ts';

/** What happened in one cell, in whole numbers. */
export interface Figures {
  impressions: number;
  clicks: number;
  /** In millionths of the currency, always whole minor units. */
  costMicros: number;
  viewThroughs: number;
  videoViews: number;
  /** By place of the conversion action, in millionths: a conversion may be shared between clicks. */
  conversions: number[];
  /** By place of the conversion action, in millionths of the currency. */
  values: number[];
}

const MILLION = 1_000_000;

/** USD for a click; the other figures are shares. */
const RATES: Record<Channel, { ctr: number; cpc: number; video: number }> = {
  SEARCH: { ctr: 0.06, cpc: 0.85, video: 0 },
  DISPLAY: { ctr: 0.009, cpc: 0.3, video: 0.04 },
  PERFORMANCE_MAX: { ctr: 0.022, cpc: 0.5, video: 0.02 },
};

/** Share of the cost that may still be missing at ages 0, 1 and 2; from 3 days on it is final. */
const UNSETTLED = [0.03, 0.02, 0.01];

const DRAW = { gap: 1, size: 2, ctr: 3, cpc: 4, drift: 5, through: 6, play: 7, action: 100 };

export function nothing(customer: Customer): Figures {
  const empty = customer.actions.map(() => 0);
  return {
    impressions: 0,
    clicks: 0,
    costMicros: 0,
    viewThroughs: 0,
    videoViews: 0,
    conversions: empty,
    values: [...empty],
  };
}

/** Adds into `sum`. */
export function addFigures(sum: Figures, more: Readonly<Figures>): void {
  sum.impressions += more.impressions;
  sum.clicks += more.clicks;
  sum.costMicros += more.costMicros;
  sum.viewThroughs += more.viewThroughs;
  sum.videoViews += more.videoViews;
  for (let i = 0; i < more.conversions.length; i++) {
    sum.conversions[i] = (sum.conversions[i] ?? 0) + (more.conversions[i] ?? 0);
    sum.values[i] = (sum.values[i] ?? 0) + (more.values[i] ?? 0);
  }
}

/** Where and when one ad is looked at. */
export interface AdDay {
  ad: Ad;
  day: DayNumber;
  seen: LocalMoment;
}

/** How an ad did on a day, as known at a moment; null = not delivered. The same question always has the same answer. */
export function figuresOf(customer: Customer, { ad, day, seen }: AdDay): Figures | null {
  const age = seen.today - day;
  if (age < 0 || day < customer.firstDay || !delivers(ad.life, day) || !delivers(ad.campaign.life, day))
    return null;
  const key = mix(ad.key, day);
  if (unit(key, DRAW.gap) < ad.gaps) return null;
  const passed = age === 0 ? seen.hour / 24 : 1;
  const { ctr, video } = RATES[ad.campaign.channel];
  const impressionsAtEnd = Math.round(ad.size * pattern(day) * (0.7 + 0.6 * unit(key, DRAW.size)));
  const impressions = Math.floor(impressionsAtEnd * passed);
  if (impressions === 0) return null;
  const clicksAtEnd = Math.round(impressionsAtEnd * ctr * (0.6 + 0.8 * unit(key, DRAW.ctr)));
  const cell: Cell = { customer, ad, key, age, hour: seen.hour, clicksAtEnd };
  const figures = nothing(customer);
  figures.impressions = impressions;
  figures.clicks = Math.floor(clicksAtEnd * passed);
  figures.costMicros = costAt(cell);
  figures.viewThroughs = Math.floor(impressions * 0.0006 * unit(key, DRAW.through));
  figures.videoViews = Math.floor(impressions * video * unit(key, DRAW.play));
  for (const action of customer.actions) addConversions(figures, cell, action);
  return figures;
}

interface Cell {
  customer: Customer;
  ad: Ad;
  key: number;
  age: number;
  hour: number;
  clicksAtEnd: number;
}

function costAt({ customer, ad, key, age, hour, clicksAtEnd }: Cell): number {
  const digits = minorDigits(customer.currency);
  const price = RATES[ad.campaign.channel].cpc * (0.7 + 0.6 * unit(key, DRAW.cpc));
  const final = Math.round(clicksAtEnd * price * unitsPerDollar(customer.currency) * 10 ** digits);
  const known = final - Math.floor(final * (UNSETTLED[age] ?? 0) * unit(key, DRAW.drift));
  return (age === 0 ? Math.floor((known * hour) / 24) : known) * 10 ** (6 - digits);
}

/** Each conversion has its own day of arrival, at the latest the last of the action's window. */
function addConversions(figures: Figures, cell: Cell, action: ConversionAction): void {
  const key = mix(cell.key, DRAW.action + action.index);
  const total = Math.floor(cell.clicksAtEnd * action.rate + unit(key, 0));
  for (let i = 1; i <= total; i++) {
    const conversion = mix(key, i);
    const lag = lagOf(unit(conversion, 1), action.clickWindow);
    if (lag > cell.age) continue;
    if (cell.age === 0 && Math.floor(24 * unit(conversion, 2)) >= cell.hour) continue;
    const credit = creditOf(conversion, { lag, age: cell.age, window: action.clickWindow });
    const { index } = action;
    figures.conversions[index] = (figures.conversions[index] ?? 0) + credit;
    const worth = Math.round(worthOf(conversion, cell.customer, action) * (credit / MILLION));
    figures.values[index] = (figures.values[index] ?? 0) + worth;
  }
}

/** Half arrive on the day of the click, the rest ever more thinly until the window is over. */
function lagOf(draw: number, window: number): number {
  if (draw < 0.5) return 0;
  const late = (draw - 0.5) / 0.5;
  return 1 + Math.min(window - 1, Math.floor(late * late * window));
}

/** A shared conversion counts whole until the other click has become known: figures also go down. */
function creditOf(conversion: number, when: { lag: number; age: number; window: number }): number {
  const { lag, age, window } = when;
  const draw = unit(conversion, 4);
  if (draw < 0.6) return MILLION;
  const shared = draw < 0.8 ? 500_000 : draw < 0.92 ? 333_333 : 250_000;
  return age < lag + Math.floor(unit(conversion, 5) * (window - lag + 1)) ? MILLION : shared;
}

/** In millionths of the currency. */
function worthOf(conversion: number, customer: Customer, action: ConversionAction): number {
  if (!action.valued) return 0;
  const dollars = 35 + 90 * unit(conversion, 3);
  const digits = minorDigits(customer.currency);
  return Math.round(dollars * unitsPerDollar(customer.currency) * 10 ** digits) * 10 ** (6 - digits);
}
