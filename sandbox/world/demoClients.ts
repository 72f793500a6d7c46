import type { Purpose } from './structure.ts';

export interface AdSetPlan {
  name: string;
  /** Impressions of an ordinary ad on an ordinary day. */
  size: number;
  ads?: string[];
  /** A row of short-lived test ads that are archived or deleted afterwards. */
  tests?: true;
}

export interface CampaignTemplate {
  name: string;
  purpose: Purpose;
  /** Runs once a year from this day (`MM-DD`); without it, it never stops. */
  season?: { from: string; days: number; end: 'PAUSED' | 'ARCHIVED' | 'DELETED' };
  adSets: AdSetPlan[];
}

export interface AccountPlan {
  externalId: string;
  name: string;
  campaigns: CampaignTemplate[];
}

export interface ClientPlan {
  name: string;
  slug: string;
  timezone: string;
  currency: string;
  accounts: AccountPlan[];
}

const tests: AdSetPlan = { name: 'Creative tests', size: 420, tests: true };

const almaty: ClientPlan = {
  name: 'Тау Кофе',
  slug: 'tau-coffee',
  timezone: 'Asia/Almaty',
  currency: 'KZT',
  accounts: [
    {
      externalId: 'act_1100000001',
      name: 'Тау Кофе — магазин',
      campaigns: [
        {
          name: 'Зерно: покупки',
          purpose: 'sales',
          adSets: [
            {
              name: 'Алматы 25-44',
              size: 5200,
              ads: ['Видео: обжарка', 'Карусель сортов', 'Фото: пачка', 'Старый баннер'],
            },
            { name: 'Похожие на покупателей', size: 3900, ads: ['Видео: рецепт', 'Фото: чашка'] },
            tests,
          ],
        },
        {
          name: 'Ретаргетинг корзины',
          purpose: 'sales',
          adSets: [
            { name: 'Бросили корзину 14 дней', size: 1400, ads: ['Скидка 10 %', 'Бесплатная доставка'] },
          ],
        },
        {
          name: 'Наурыз',
          purpose: 'sales',
          season: { from: '03-05', days: 19, end: 'ARCHIVED' },
          adSets: [{ name: 'Казахстан 18+', size: 4800, ads: ['Подарочный набор', 'Видео: праздник'] }],
        },
        {
          name: 'Осенние подарки',
          purpose: 'sales',
          season: { from: '10-20', days: 21, end: 'DELETED' },
          adSets: [{ name: 'Казахстан 25-54', size: 2600, ads: ['Набор A', 'Набор B'] }],
        },
        {
          name: 'Узнаваемость: Тау',
          purpose: 'awareness',
          adSets: [{ name: 'Алматы и область', size: 9100, ads: ['Видео 15 с', 'Видео 6 с'] }],
        },
      ],
    },
    {
      externalId: 'act_1100000002',
      name: 'Тау Кофе — франшиза',
      campaigns: [
        {
          name: 'Заявки на франшизу',
          purpose: 'leads',
          adSets: [
            {
              name: 'Предприниматели',
              size: 2900,
              ads: ['Форма: условия', 'Видео: владелец', 'Карусель цифр'],
            },
            tests,
          ],
        },
        {
          name: 'Весенний набор партнёров',
          purpose: 'leads',
          season: { from: '04-01', days: 45, end: 'PAUSED' },
          adSets: [{ name: 'Астана', size: 2100, ads: ['Форма: Астана'] }],
        },
      ],
    },
  ],
};

const warsaw: ClientPlan = {
  name: 'Zielona Półka',
  slug: 'zielona-polka',
  timezone: 'Europe/Warsaw',
  currency: 'PLN',
  accounts: [
    {
      externalId: 'act_1200000001',
      name: 'Zielona Półka sklep',
      campaigns: [
        {
          name: 'Katalog: rośliny',
          purpose: 'sales',
          adSets: [
            {
              name: 'Warszawa i okolice',
              size: 6100,
              ads: ['Karuzela: monstera', 'Wideo: balkon', 'Zdjęcie: regał'],
            },
            { name: 'Podobni odbiorcy 2%', size: 4300, ads: ['Karuzela: nowości', 'Wideo: podlewanie'] },
            tests,
          ],
        },
        {
          name: 'Ruch: poradnik',
          purpose: 'traffic',
          adSets: [
            { name: 'Zainteresowania: dom', size: 3300, ads: ['Artykuł: światło', 'Artykuł: nawożenie'] },
          ],
        },
        {
          name: 'Dzień Kobiet',
          purpose: 'sales',
          season: { from: '02-26', days: 12, end: 'ARCHIVED' },
          adSets: [{ name: 'Polska 25-54', size: 5600, ads: ['Bukiet w doniczce', 'Wideo: prezent'] }],
        },
        {
          name: 'Black Week',
          purpose: 'sales',
          season: { from: '11-16', days: 15, end: 'PAUSED' },
          adSets: [{ name: 'Wszyscy klienci', size: 8800, ads: ['-30 %', 'Odliczanie', 'Karuzela okazji'] }],
        },
        {
          name: 'Test: poranne oferty',
          purpose: 'sales',
          season: { from: '09-10', days: 14, end: 'DELETED' },
          adSets: [{ name: 'Kraków', size: 1500, ads: ['Oferta 7:00'] }],
        },
      ],
    },
  ],
};

const newYork: ClientPlan = {
  name: 'Hudson Smile Dental',
  slug: 'hudson-smile',
  timezone: 'America/New_York',
  currency: 'USD',
  accounts: [
    {
      externalId: 'act_1300000001',
      name: 'Hudson Smile - Manhattan',
      campaigns: [
        {
          name: 'New patients - leads',
          purpose: 'leads',
          adSets: [
            {
              name: 'Manhattan 5 mi',
              size: 4700,
              ads: ['Video: meet Dr. Ray', 'Whitening offer', 'Instant form', 'Old coupon'],
            },
            { name: 'Lookalike patients 1%', size: 3600, ads: ['Testimonial: Ana', 'Before / after'] },
            tests,
          ],
        },
        {
          name: 'Invisalign - leads',
          purpose: 'leads',
          adSets: [{ name: 'Women 25-40', size: 2800, ads: ['Carousel: steps', 'Video: 6 months'] }],
        },
        {
          name: 'Back to school',
          purpose: 'leads',
          season: { from: '08-10', days: 30, end: 'ARCHIVED' },
          adSets: [{ name: 'Parents', size: 3900, ads: ['Kids check-up', 'Video: first visit'] }],
        },
        {
          name: 'Use your benefits',
          purpose: 'leads',
          season: { from: '11-01', days: 58, end: 'PAUSED' },
          adSets: [{ name: 'Insured adults', size: 4400, ads: ['Do not lose it', 'Countdown'] }],
        },
      ],
    },
    {
      externalId: 'act_1300000002',
      name: 'Hudson Smile - Shop',
      campaigns: [
        {
          name: 'Brush heads - sales',
          purpose: 'sales',
          adSets: [{ name: 'Past patients', size: 1900, ads: ['Refill pack', 'Subscribe and save'] }, tests],
        },
      ],
    },
  ],
};

/** The brands `npm start` shows: one writes Cyrillic, each lives in another zone and currency. */
export const DEMO_CLIENTS: readonly ClientPlan[] = [almaty, warsaw, newYork];
