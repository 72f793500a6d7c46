import { builder } from './builder.ts';

export const DateRange = builder.inputType('DateRange', {
  description: 'Days in the account\u2019s time zone, both ends included.',
  fields: (t) => ({
    from: t.field({ type: 'Date', required: true }),
    to: t.field({ type: 'Date', required: true }),
  }),
});
