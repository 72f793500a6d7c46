import type { AdAccount } from '../generated/prisma/client.ts';
import type { MaturityPoint as MaturityPointShape } from '../services/coverage/maturity/read.ts';
import { AdAccountNode } from './account.ts';
import type { GraphQLContext } from './builder.ts';
import { builder } from './builder.ts';

const MaturityPoint = builder.objectRef<MaturityPointShape>('MaturityPoint').implement({
  description:
    'How much of their final value days had at an age: the sum of what was known at the end of the day that many days ' +
    'after their own, divided by the sum of what they are now. Of final days of the account that had been read on the ' +
    'day or the day after, the newest 180 of them. 1 = everything; null where there is no history to tell from.',
  fields: (t) => ({
    age: t.exposeInt('age', { description: 'In days; 0 is the day itself.' }),
    spend: t.expose('spend', { type: 'Decimal', nullable: true }),
    conversions: t.expose('conversions', { type: 'Decimal', nullable: true }),
    conversionValue: t.expose('conversionValue', { type: 'Decimal', nullable: true }),
    slices: t.exposeInt('slices', { description: 'How many days it rests on.' }),
  }),
});

function pointsOf({ clientId, id }: AdAccount, ctx: GraphQLContext): Promise<MaturityPointShape[]> {
  return ctx.loaders.maturity.load({ clientId, accountId: id });
}

export const AccountMaturity = builder.objectRef<AdAccount>('AccountMaturity').implement({
  description: 'How fast an account\u2019s figures become final.',
  fields: (t) => ({
    account: t.field({ type: AdAccountNode, resolve: (account) => account }),
    points: t.field({
      type: [MaturityPoint],
      description: 'By age, up to the day before figures become final.',
      resolve: (account, _args, ctx) => pointsOf(account, ctx),
    }),
  }),
});

builder.objectField(AdAccountNode, 'maturity', (t) =>
  t.field({
    type: [MaturityPoint],
    description: 'How fast its figures become final, by age, as its own history tells.',
    resolve: (account, _args, ctx) => pointsOf(account, ctx),
  }),
);
