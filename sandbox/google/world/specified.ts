import type { WorldFrame } from '../../world/build.ts';
import { dayNumber, isDay } from '../../world/days.ts';
import type { Life } from '../../world/structure.ts';
import { addAd, addAdGroup, addCampaign, emptyCustomer, USUAL_ACTIONS, type ActionPlan } from './build.ts';
import type { AdGroup, Campaign, Customer, CustomerStatus } from './structure.ts';

/** A customer laid out for a test or a bench: every ad is enabled and delivers every day unless told otherwise. */
export interface GoogleAccountSpec {
  /** Ten digits. */
  customerId: string;
  name?: string;
  /** ISO 4217, default USD. */
  currency?: string;
  /** IANA, default UTC. */
  timezone?: string;
  /** Search and display campaigns by turns. */
  campaigns: number;
  adGroupsPerCampaign: number;
  adsPerAdGroup: number;
  /** Performance Max campaigns on top; default 0. */
  performanceMax?: number;
  /** Default ENABLED; every other one answers CUSTOMER_NOT_ENABLED. */
  status?: CustomerStatus;
  /** Makes it a manager: it has no campaigns, whatever the numbers say. */
  manager?: true;
  /** The manager above; one that nobody specified is added. Default: people log in to it directly. */
  managerId?: string;
  /** Nobody may read it: USER_PERMISSION_DENIED. */
  denied?: true;
  /** First day with figures, `YYYY-MM-DD`; default the start of the world's history. */
  firstDay?: string;
  /** Campaigns on top that delivered until `removedOn` and are REMOVED since; default 0. */
  removedCampaigns?: number;
  /** `YYYY-MM-DD`, default 10 days after the first day with figures. */
  removedOn?: string;
  /** Removed ads per campaign whose figures are only in the levels above; default 0. */
  hiddenAdsPerCampaign?: number;
  /** Share of days on which an ad is not delivered, 0-1; default 0. */
  gaps?: number;
  /** Default: four, with windows of 30, 60, 7 and 30 days, the last one not primary. */
  conversionActions?: readonly ActionPlan[];
}

const DEFAULT_REMOVED_AFTER = 10;

/** Throws when the spec's id, a day or a window is not one. */
export function specifiedCustomer(spec: GoogleAccountSpec, frame: WorldFrame): Customer {
  const { customerId, firstDay, removedOn, conversionActions = USUAL_ACTIONS } = spec;
  requireId(customerId);
  if (spec.managerId !== undefined) requireId(spec.managerId);
  for (const day of [firstDay, removedOn])
    if (day !== undefined && !isDay(day)) throw new Error(`${String(day)} is not a day (YYYY-MM-DD)`);
  for (const { clickWindow, name } of conversionActions)
    if (clickWindow < 7 || clickWindow > 90) throw new Error(`the window of ${name} must be 7 to 90 days`);
  const from = firstDay === undefined ? frame.from : dayNumber(firstDay);
  const head = {
    id: customerId,
    name: spec.name ?? `Customer ${customerId}`,
    currency: spec.currency ?? 'USD',
    timezone: spec.timezone ?? 'UTC',
    status: spec.status ?? 'ENABLED',
    manager: spec.manager ?? false,
    managerId: spec.managerId ?? null,
    denied: spec.denied ?? false,
  };
  const customer = emptyCustomer(head, { ...frame, from }, spec.manager ? [] : conversionActions);
  if (!spec.manager) layOut(customer, spec, from);
  return customer;
}

function requireId(id: string): void {
  if (!/^\d{10}$/.test(id)) throw new Error(`${id} is not a customer id (ten digits)`);
}

function layOut(customer: Customer, spec: GoogleAccountSpec, from: number): void {
  const life: Life = { from, to: null, after: 'ACTIVE' };
  const until = spec.removedOn === undefined ? from + DEFAULT_REMOVED_AFTER : dayNumber(spec.removedOn);
  const removed: Life = { from, to: until - 1, after: 'DELETED' };
  for (let i = 1; i <= spec.campaigns; i++) layOutCampaign(customer, spec, { name: `Campaign ${i}`, life });
  for (let i = 1; i <= (spec.performanceMax ?? 0); i++) {
    const name = `Performance Max ${i}`;
    const campaign = addCampaign(customer, { name, channel: 'PERFORMANCE_MAX', life });
    addAd(customer, campaign, { name: null, life, size: sizeOf(customer) * 3, gaps: spec.gaps ?? 0 });
  }
  for (let i = 1; i <= (spec.removedCampaigns ?? 0); i++)
    layOutCampaign(customer, spec, { name: `Removed ${i}`, life: removed });
}

function layOutCampaign(
  customer: Customer,
  spec: GoogleAccountSpec,
  plan: { name: string; life: Life },
): void {
  const channel = customer.campaigns.length % 2 === 0 ? 'SEARCH' : 'DISPLAY';
  const campaign = addCampaign(customer, { ...plan, channel });
  for (let j = 1; j <= spec.adGroupsPerCampaign; j++) {
    const adGroup = addAdGroup(customer, campaign, `Ad group ${j}`);
    for (let k = 1; k <= spec.adsPerAdGroup; k++) layOutAd(customer, adGroup, { spec, place: k });
    const hidden = j === 1 ? (spec.hiddenAdsPerCampaign ?? 0) : 0;
    for (let k = 1; k <= hidden; k++) layOutAd(customer, adGroup, { spec, place: k, hidden: true });
  }
}

function layOutAd(
  customer: Customer,
  adGroup: AdGroup,
  { spec, place, hidden }: { spec: GoogleAccountSpec; place: number; hidden?: true },
): void {
  const { channel, life }: Campaign = adGroup.campaign;
  const name = channel === 'SEARCH' ? null : `Banner ${place}`;
  const size = sizeOf(customer);
  addAd(customer, adGroup, { name, life, size, gaps: spec.gaps ?? 0, ...(hidden ? { listed: false } : {}) });
}

function sizeOf({ ads }: Customer): number {
  return 700 + ((ads.length * 797) % 2100);
}
