import type { InsightPage, InsightRow } from '../src/connectors/ads/contract.ts';
import type { DayRange } from '../src/lib/days.ts';
import { daysOf } from '../src/lib/days.ts';

export const CAMPAIGNS = 100;
const ROWS_PER_PAGE = 500;
const ACTION_TYPES = [
  'link_click',
  'post_engagement',
  'page_engagement',
  'video_view',
  'landing_page_view',
  'omni_purchase',
  'purchase',
  'offsite_conversion.fb_pixel_purchase',
  'lead',
  'add_to_cart',
];

/** Deterministic rows: every ad of every campaign delivers every day, and the campaign reports a little more. */
export class World {
  bump = 0;
  readonly #adsPerCampaign: number;

  constructor(adsPerCampaign: number) {
    this.#adsPerCampaign = adsPerCampaign;
  }

  async *read(range: DayRange): AsyncGenerator<InsightPage> {
    let rows: InsightRow[] = [];
    for (const date of daysOf(range)) {
      for (let campaign = 0; campaign < CAMPAIGNS; campaign++) {
        rows.push(...this.#campaignDay(date, campaign));
        if (rows.length < ROWS_PER_PAGE) continue;
        yield await Promise.resolve({ rows, rejected: [], next: {} });
        rows = [];
      }
    }
    yield { rows, rejected: [], next: null };
  }

  *#campaignDay(date: string, campaign: number): Generator<InsightRow> {
    const ads = this.#adsPerCampaign;
    for (let ad = 0; ad < ads; ad++) yield this.#row(date, campaign, { ad, times: 1 });
    yield this.#row(date, campaign, { ad: null, times: ads });
  }

  #row(date: string, campaign: number, what: { ad: number | null; times: number }): InsightRow {
    const { ad, times } = what;
    const figure = (campaign * 7 + Number(date.slice(8)) * 3 + this.bump) % 50;
    const actions: InsightRow['actions'] = {};
    for (const [at, type] of ACTION_TYPES.entries()) {
      actions[type] = {
        count: String((figure + at) * times),
        value: `${String((figure * at + 1) * times)}.00`,
      };
    }
    return {
      level: ad === null ? 'CAMPAIGN' : 'AD',
      date,
      campaignExternalId: `12020${String(campaign).padStart(12, '0')}`,
      campaignName: `Campaign ${String(campaign)}`,
      adSetExternalId:
        ad === null ? null : `12021${String(campaign * 1_000 + Math.floor(ad / 5)).padStart(12, '0')}`,
      adSetName: null,
      adExternalId: ad === null ? null : `12022${String(campaign * 100_000 + ad).padStart(12, '0')}`,
      adName: null,
      currency: 'EUR',
      spend: `${String((figure + 1) * times)}.00`,
      impressions: String((figure + 100) * times),
      clicks: String((figure + 10) * times),
      linkClicks: String((figure + 5) * times),
      reach: ad === null ? null : String(figure + 80),
      actions,
    };
  }
}
