import type { WorldFrame } from '../../world/build.ts';
import { dayNumber } from '../../world/days.ts';
import type { Life } from '../../world/structure.ts';
import { addAd, addAdGroup, addCampaign, emptyCustomer, USUAL_ACTIONS } from './build.ts';
import type { Campaign, Channel, Customer } from './structure.ts';

interface CampaignPlan {
  name: string;
  channel: Channel;
  /** Impressions of an ordinary ad on an ordinary day. */
  size: number;
  /** Ad groups with their numbers of ads; Performance Max has none. */
  adGroups: readonly (readonly [name: string, ads: number])[];
  /** Runs once a year from this day (`MM-DD`) and is removed afterwards; without it, it never stops. */
  season?: { from: string; days: number };
}

interface CustomerPlan {
  id: string;
  name: string;
  currency: string;
  timezone: string;
  managerId?: string;
  status?: 'CANCELED';
  /** Slug of the demo client that owns it. */
  client?: string;
  campaigns: readonly CampaignPlan[];
}

const MANAGER = '7000000001';

const KAZAKH = { currency: 'KZT', timezone: 'Asia/Almaty', managerId: MANAGER };

const CUSTOMERS: readonly CustomerPlan[] = [
  {
    ...KAZAKH,
    id: '7100000001',
    name: 'Тау Кофе — поиск',
    client: 'tau-coffee',
    campaigns: [
      {
        name: 'Бренд',
        channel: 'SEARCH',
        size: 420,
        adGroups: [
          ['Тау Кофе', 2],
          ['Обжарка Тау', 2],
        ],
      },
      {
        name: 'Кофе в зёрнах',
        channel: 'SEARCH',
        size: 760,
        adGroups: [
          ['Купить зерно', 3],
          ['Эспрессо смесь', 2],
          ['Доставка кофе', 2],
        ],
      },
      { name: 'Performance Max: магазин', channel: 'PERFORMANCE_MAX', size: 5200, adGroups: [] },
      {
        name: 'Баннеры: Наурыз',
        channel: 'DISPLAY',
        size: 3100,
        adGroups: [['Подарки', 2]],
        season: { from: '03-05', days: 19 },
      },
      {
        name: 'Баннеры: осень',
        channel: 'DISPLAY',
        size: 2600,
        adGroups: [['Наборы', 2]],
        season: { from: '10-05', days: 28 },
      },
    ],
  },
  {
    ...KAZAKH,
    id: '7100000002',
    name: 'Тау Кофе — опт',
    campaigns: [{ name: 'Кофе оптом', channel: 'SEARCH', size: 230, adGroups: [['Офисы', 2]] }],
  },
  { ...KAZAKH, id: '7100000009', name: 'Тау Кофе — старый', status: 'CANCELED', campaigns: [] },
  {
    id: '7200000001',
    name: 'Zielona Półka Ads',
    currency: 'PLN',
    timezone: 'Europe/Warsaw',
    client: 'zielona-polka',
    campaigns: [
      {
        name: 'Rośliny: szukaj',
        channel: 'SEARCH',
        size: 640,
        adGroups: [
          ['Monstera', 3],
          ['Fikus', 2],
        ],
      },
      { name: 'PMax: sklep', channel: 'PERFORMANCE_MAX', size: 4300, adGroups: [] },
      {
        name: 'Banery: regały',
        channel: 'DISPLAY',
        size: 2900,
        adGroups: [
          ['Dom', 2],
          ['Balkon', 1],
        ],
      },
    ],
  },
];

/** A Google account that a demo client starts with. */
export interface GoogleDemoAccount {
  client: string;
  customerId: string;
  loginCustomerId?: string;
}

export const GOOGLE_DEMO_ACCOUNTS: readonly GoogleDemoAccount[] = CUSTOMERS.flatMap(
  ({ client, id, managerId }) => {
    if (client === undefined) return [];
    return [{ client, customerId: id, ...(managerId === undefined ? {} : { loginCustomerId: managerId }) }];
  },
);

/** A manager with three accounts, one of them cancelled, and an account of its own. */
export function demoCustomers(frame: WorldFrame): Customer[] {
  const head = { id: MANAGER, name: 'Agency manager', currency: 'USD', timezone: 'Asia/Almaty' };
  return [
    emptyCustomer({ ...head, manager: true }, frame),
    ...CUSTOMERS.map((plan) => demoCustomer(plan, frame)),
  ];
}

function demoCustomer(plan: CustomerPlan, frame: WorldFrame): Customer {
  const { id, name, currency, timezone, status = 'ENABLED', managerId = null } = plan;
  const customer = emptyCustomer({ id, name, currency, timezone, status, managerId }, frame, USUAL_ACTIONS);
  for (const campaign of plan.campaigns) addPlanned(customer, campaign, frame);
  return customer;
}

function addPlanned(customer: Customer, plan: CampaignPlan, frame: WorldFrame): void {
  for (const { year, life } of livesOf(plan, frame)) {
    const name = year === null ? plan.name : `${plan.name} ${year}`;
    addAds(customer, addCampaign(customer, { name, channel: plan.channel, life }), plan);
  }
}

function addAds(customer: Customer, campaign: Campaign, { adGroups, channel, size }: CampaignPlan): void {
  const { life } = campaign;
  if (channel === 'PERFORMANCE_MAX') addAd(customer, campaign, { name: null, life, size, gaps: 0.02 });
  for (const [name, ads] of adGroups) {
    const adGroup = addAdGroup(customer, campaign, name);
    for (let i = 1; i <= ads; i++) {
      const title = channel === 'SEARCH' ? null : `${name} ${i}`;
      addAd(customer, adGroup, { name: title, life, size, gaps: 0.05 });
    }
    // What was removed long ago: its days are only in the campaign.
    const old: Life = { from: life.from, to: life.to, after: 'DELETED' };
    addAd(customer, adGroup, { name: null, life: old, size: Math.round(size / 4), gaps: 0.3, listed: false });
  }
}

function livesOf({ season }: CampaignPlan, frame: WorldFrame): { year: number | null; life: Life }[] {
  if (season === undefined) return [{ year: null, life: { from: frame.from, to: null, after: 'ACTIVE' } }];
  const lives = [];
  for (let year = 2015; year <= 2099; year++) {
    const from = dayNumber(`${year}-${season.from}`);
    const to = from + season.days - 1;
    if (to < frame.from || from > frame.until) continue;
    lives.push({ year, life: { from, to, after: 'DELETED' as const } });
  }
  return lives;
}
