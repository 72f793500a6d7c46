import { isObject, type Json, type JsonObject } from './json.ts';
import type { GoogleLevel } from './world/collect.ts';
import { microsText, type GoogleFactRow } from './world/facts.ts';
import type { Customer } from './world/structure.ts';

/** Reads a row off the wire: metrics that are absent are "0". Its `actions` are in other rows: see `readActions`. */
export function readRow(wire: JsonObject, level: GoogleLevel, customer: Customer): GoogleFactRow {
  const metric = (name: string): string => textOf(member(wire, 'metrics', name));
  const owners = ownersOf(wire, level);
  return {
    level,
    date: textOf(member(wire, 'segments', 'date')),
    id: owners.adId ?? owners.adGroupId ?? owners.campaignId ?? customer.id,
    ...owners,
    costMicros: metric('costMicros'),
    spend: microsText(BigInt(metric('costMicros'))),
    impressions: metric('impressions'),
    clicks: metric('clicks'),
    conversions: metric('conversions'),
    conversionsValue: metric('conversionsValue'),
    allConversions: metric('allConversions'),
    allConversionsValue: metric('allConversionsValue'),
    viewThroughConversions: metric('viewThroughConversions'),
    actions: {},
  };
}

/** The conversion actions of each object, from rows with a segment of a conversion action. */
export function readActions(
  rows: Iterable<JsonObject>,
  level: GoogleLevel,
  customer: Customer,
): Map<string, GoogleFactRow['actions']> {
  const byObject = new Map<string, GoogleFactRow['actions']>();
  for (const wire of rows) {
    const { id, conversions, conversionsValue, allConversions, allConversionsValue } = readRow(
      wire,
      level,
      customer,
    );
    const action = actionOf(wire, customer);
    if (action === undefined) continue;
    const actions = byObject.get(id) ?? {};
    actions[action.id] = {
      name: action.name,
      count: conversions,
      value: conversionsValue,
      allCount: allConversions,
      allValue: allConversionsValue,
    };
    byObject.set(id, actions);
  }
  return byObject;
}

function actionOf(wire: JsonObject, { actions }: Customer): Customer['actions'][number] | undefined {
  const resource = member(wire, 'segments', 'conversionAction');
  const name = member(wire, 'segments', 'conversionActionName');
  return actions.find((action) =>
    typeof resource === 'string' ? resource.endsWith(`/${action.id}`) : action.name === name,
  );
}

type Owners = Pick<GoogleFactRow, 'campaignId' | 'adGroupId' | 'adId'>;

/** From the names of the row's resources: `customers/1/adGroupAds/2~3`. */
function ownersOf(wire: JsonObject, level: GoogleLevel): Owners {
  const last = (resource: string): string | undefined => {
    const name = member(wire, resource, 'resourceName');
    return typeof name === 'string' ? name.split('/').at(-1) : undefined;
  };
  if (level === 'account') return { campaignId: null, adGroupId: null, adId: null };
  const [group, ad] = last('adGroupAd')?.split('~') ?? [];
  const campaignId = last('campaign') ?? null;
  if (level === 'campaign') return { campaignId, adGroupId: null, adId: null };
  return { campaignId, adGroupId: last('adGroup') ?? group ?? null, adId: ad ?? null };
}

function member(wire: JsonObject, group: string, name: string): Json {
  const object = wire[group];
  return isObject(object) ? object[name] : undefined;
}

function textOf(value: Json): string {
  return typeof value === 'number' || typeof value === 'string' ? String(value) : '0';
}
