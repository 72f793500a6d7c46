import { dayText } from '../../world/days.ts';
import type { Json } from '../json.ts';
import {
  stateOn,
  type Ad,
  type AdGroup,
  type Campaign,
  type Channel,
  type Customer,
} from '../world/structure.ts';
import type { Field, Source } from './field.ts';

type Read<T> = (object: T, source: Source) => Json;
type Kinds = Record<string, Field['type']>;

/** The fields of a resource: readers by name, and the types of those that are not texts. */
function fieldsOf<T>(
  resource: string,
  objectOf: (source: Source) => T | null | undefined,
  fields: { reads: Record<string, Read<T>>; types?: Kinds },
): Field[] {
  return Object.entries(fields.reads).map(([name, read]) => {
    const type = fields.types?.[name];
    return {
      name: `${resource}.${name}`,
      ...(type === undefined ? {} : { type }),
      read: (source) => {
        const object = objectOf(source);
        return object ? read(object, source) : undefined;
      },
    };
  });
}

const name = (customer: Customer, kind: string, id: string): string =>
  `customers/${customer.id}/${kind}/${id}`;

/** The `resourceName` of every resource a row can hold. */
export const RESOURCE_NAMES: Record<string, (source: Source) => string | undefined> = {
  customer: ({ customer }) => `customers/${customer.id}`,
  customer_client: ({ customer, client }) =>
    client?.customer && name(customer, 'customerClients', client.customer.id),
  campaign: ({ customer, place }) => place.campaign?.id && name(customer, 'campaigns', place.campaign.id),
  campaign_budget: ({ customer, place }) =>
    place.campaign?.budgetId && name(customer, 'campaignBudgets', place.campaign.budgetId),
  ad_group: ({ customer, place }) => place.adGroup?.id && name(customer, 'adGroups', place.adGroup.id),
  ad_group_ad: ({ customer, place }) =>
    place.ad && place.adGroup
      ? name(customer, 'adGroupAds', `${place.adGroup.id}~${place.ad.id}`)
      : undefined,
  'ad_group_ad.ad': ({ customer, place }) => place.ad?.id && name(customer, 'ads', place.ad.id),
  conversion_action: ({ customer, action }) => action?.id && name(customer, 'conversionActions', action.id),
};

const resourceNames: Field[] = Object.entries(RESOURCE_NAMES).map(([resource, read]) => ({
  name: `${resource}.resource_name`,
  read,
}));

const BIDDING: Record<Channel, string> = {
  SEARCH: 'TARGET_CPA',
  DISPLAY: 'MANUAL_CPC',
  PERFORMANCE_MAX: 'MAXIMIZE_CONVERSION_VALUE',
};
const AD_TYPES: Record<Channel, string> = {
  SEARCH: 'RESPONSIVE_SEARCH_AD',
  DISPLAY: 'IMAGE_AD',
  PERFORMANCE_MAX: 'UNKNOWN',
};
const GROUP_TYPES: Record<Channel, string> = {
  SEARCH: 'SEARCH_STANDARD',
  DISPLAY: 'DISPLAY_STANDARD',
  PERFORMANCE_MAX: 'UNKNOWN',
};

const campaign = fieldsOf<Campaign>('campaign', ({ place }) => place.campaign, {
  types: {
    id: 'int64',
    status: 'enum',
    serving_status: 'enum',
    primary_status: 'enum',
    advertising_channel_type: 'enum',
    bidding_strategy_type: 'enum',
  },
  reads: {
    id: ({ id }) => id,
    name: (own) => own.name,
    status: ({ life }, { today }) => stateOn(life, today),
    serving_status: ({ life }, { today }) => (stateOn(life, today) === 'ENABLED' ? 'SERVING' : 'ENDED'),
    primary_status: ({ life }, { today }) => {
      const state = stateOn(life, today);
      return state === 'ENABLED' ? 'ELIGIBLE' : state;
    },
    advertising_channel_type: ({ channel }) => channel,
    bidding_strategy_type: ({ channel }) => BIDDING[channel],
    campaign_budget: ({ budgetId }, { customer }) => name(customer, 'campaignBudgets', budgetId),
  },
});

const campaignDates: Field[] = [
  { name: 'campaign.start_date', until: 22, read: ({ place }) => firstDay(place.campaign) },
  { name: 'campaign.end_date', until: 22, read: ({ place }) => lastDay(place.campaign) },
  {
    name: 'campaign.start_date_time',
    since: 23,
    read: ({ place }) => firstDay(place.campaign)?.concat(' 00:00:00'),
  },
  {
    name: 'campaign.end_date_time',
    since: 23,
    read: ({ place }) => lastDay(place.campaign)?.concat(' 23:59:59'),
  },
];

function firstDay(own: Campaign | null): string | undefined {
  return own === null ? undefined : dayText(own.life.from);
}

function lastDay(own: Campaign | null): string | undefined {
  return own === null ? undefined : own.life.to === null ? '2037-12-30' : dayText(own.life.to);
}

const budget = fieldsOf<Campaign>('campaign_budget', ({ place }) => place.campaign, {
  types: { id: 'int64', amount_micros: 'int64' },
  reads: { id: ({ budgetId }) => budgetId, amount_micros: ({ budgetMicros }) => String(budgetMicros) },
});

const adGroup = fieldsOf<AdGroup>('ad_group', ({ place }) => place.adGroup, {
  types: { id: 'int64', status: 'enum', type: 'enum' },
  reads: {
    id: ({ id }) => id,
    name: (own) => own.name,
    // Removing a campaign leaves its ad groups as they were.
    status: () => 'ENABLED',
    type: (own) => GROUP_TYPES[own.campaign.channel],
    campaign: (own, { customer }) => name(customer, 'campaigns', own.campaign.id),
  },
});

const adGroupAd = fieldsOf<Ad>('ad_group_ad', ({ place }) => place.ad, {
  types: { status: 'enum', 'ad.id': 'int64', 'ad.type': 'enum' },
  reads: {
    // Removing a campaign leaves its ads as they were.
    status: ({ life, campaign }, { today }) => (life === campaign.life ? 'ENABLED' : stateOn(life, today)),
    ad_group: (own, { customer }) => own.adGroup && name(customer, 'adGroups', own.adGroup.id),
    'ad.id': ({ id }) => id,
    'ad.name': (own) => own.name ?? undefined,
    'ad.type': (own) => AD_TYPES[own.campaign.channel],
    'ad.final_urls': ({ id, campaign: { channel } }) =>
      channel === 'SEARCH' ? [`https://example.test/landing/${id}`] : undefined,
    'ad.responsive_search_ad.headlines': (own) =>
      own.campaign.channel === 'SEARCH'
        ? [{ text: `Headline ${own.index + 1}` }, { text: 'Order today' }]
        : undefined,
  },
});

const customerReads: Record<string, Read<Customer>> = {
  id: ({ id }) => id,
  descriptive_name: (own) => own.name,
  currency_code: ({ currency }) => currency,
  time_zone: ({ timezone }) => timezone,
  manager: ({ manager }) => manager,
  status: ({ status }) => status,
  test_account: () => false,
};
const customerTypes: Kinds = {
  id: 'int64',
  manager: 'bool',
  test_account: 'bool',
  status: 'enum',
  level: 'int64',
  hidden: 'bool',
};

const customer = fieldsOf<Customer>('customer', (source) => source.customer, {
  types: customerTypes,
  reads: { ...customerReads, auto_tagging_enabled: () => true },
});

const customerClient = fieldsOf<Customer>('customer_client', ({ client }) => client?.customer, {
  types: customerTypes,
  reads: {
    ...customerReads,
    client_customer: ({ id }) => `customers/${id}`,
    level: (_, { client }) => (client === null ? undefined : String(client.level)),
    hidden: () => false,
  },
});

const conversionAction = fieldsOf('conversion_action', ({ action }) => action, {
  types: {
    id: 'int64',
    status: 'enum',
    category: 'enum',
    type: 'enum',
    click_through_lookback_window_days: 'int64',
    view_through_lookback_window_days: 'int64',
    primary_for_goal: 'bool',
    include_in_conversions_metric: 'bool',
  },
  reads: {
    id: ({ id }) => id,
    name: (own) => own.name,
    status: () => 'ENABLED',
    category: ({ category }) => category,
    type: ({ category }) => (category === 'PHONE_CALL_LEAD' ? 'WEBSITE_CALL' : 'WEBPAGE'),
    click_through_lookback_window_days: ({ clickWindow }) => String(clickWindow),
    view_through_lookback_window_days: () => '1',
    primary_for_goal: ({ primary }) => primary,
    include_in_conversions_metric: ({ primary }) => primary,
  },
});

export const OBJECT_FIELDS: readonly Field[] = [
  ...resourceNames,
  ...campaign,
  ...campaignDates,
  ...budget,
  ...adGroup,
  ...adGroupAd,
  ...customer,
  ...customerClient,
  ...conversionAction,
];
