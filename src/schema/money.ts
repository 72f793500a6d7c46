import type { Money as MoneyShape } from '../services/totals/summarise.ts';
import { builder } from './builder.ts';

export const Money = builder.objectRef<MoneyShape>('Money').implement({
  description: 'An amount in major units of its currency.',
  fields: (t) => ({
    amount: t.expose('amount', { type: 'Decimal' }),
    currency: t.exposeString('currency', { description: 'ISO 4217.' }),
  }),
});
