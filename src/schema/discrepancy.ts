import { Prisma } from '../generated/prisma/client.ts';
import type { Told } from '../services/coverage/read.ts';
import type { DiscrepancyRow } from '../services/coverage/sql.ts';
import { AdAccountNode } from './account.ts';
import { builder } from './builder.ts';
import { Money } from './money.ts';

type DiscrepancySource = Told<DiscrepancyRow>;

const amount = ({ currency }: DiscrepancySource, text: string) => ({
  amount: new Prisma.Decimal(text),
  currency,
});

export const Discrepancy = builder.objectRef<DiscrepancySource>('Discrepancy').implement({
  description: 'A day on which an account\u2019s own total and the sum of its stored rows differ.',
  fields: (t) => ({
    account: t.field({ type: AdAccountNode, resolve: (day) => day.account }),
    date: t.expose('date', { type: 'Date', description: 'In the account\u2019s time zone.' }),
    reported: t.field({
      type: Money,
      description: 'The account\u2019s own spend, as the platform gives it.',
      resolve: (day) => amount(day, day.spend_reported),
    }),
    stored: t.field({
      type: Money,
      description: 'The spend of its stored rows in that currency.',
      resolve: (day) => amount(day, day.spend_stored),
    }),
    difference: t.field({
      type: Money,
      description: 'Reported less stored.',
      resolve: (day) => amount(day, day.spend_difference),
    }),
    impressionsReported: t.field({
      type: 'Count',
      resolve: (day) => new Prisma.Decimal(day.impressions_reported),
    }),
    impressionsStored: t.field({
      type: 'Count',
      resolve: (day) => new Prisma.Decimal(day.impressions_stored),
    }),
    clicksReported: t.field({ type: 'Count', resolve: (day) => new Prisma.Decimal(day.clicks_reported) }),
    clicksStored: t.field({ type: 'Count', resolve: (day) => new Prisma.Decimal(day.clicks_stored) }),
  }),
});
