import type { RevisionPage } from '../services/revisions/page.ts';
import { pageRevisions } from '../services/revisions/page.ts';
import type { RevisionRow } from '../services/revisions/sql.ts';
import { checkReadRange } from '../services/parse.ts';
import { AdAccountNode } from './account.ts';
import { builder } from './builder.ts';
import { Campaign } from './campaign.ts';
import { readNodeId } from './ids.ts';
import { DEFAULT_PAGE } from './pageLimit.ts';
import { DateRange } from './range.ts';
import { SyncRun } from './run.ts';

/** A revision, and the client whose it is. */
interface RevisionSource extends RevisionRow {
  clientId: string;
}

const Revision = builder.objectRef<RevisionSource>('Revision').implement({
  description: 'One figure of one ad and day that changed after it had been read for the first time.',
  fields: (t) => ({
    at: t.expose('at', {
      type: 'DateTime',
      description: 'When the platform was asked and gave the new figure.',
    }),
    date: t.expose('date', {
      type: 'Date',
      description: 'The day the figure is of, in the account\u2019s time zone.',
    }),
    account: t.field({
      type: AdAccountNode,
      nullable: true,
      resolve: (revision, _args, ctx) => ctx.loaders.account.load(revision.account_id),
    }),
    campaign: t.field({
      type: Campaign,
      nullable: true,
      resolve: (revision, _args, ctx) =>
        ctx.loaders.campaignNamed.load({
          clientId: revision.clientId,
          accountId: revision.account_id,
          externalId: revision.campaign_external_id,
        }),
    }),
    campaignExternalId: t.exposeString('campaign_external_id'),
    adExternalId: t.exposeString('ad_external_id', {
      nullable: true,
      description: 'Null for what the platform reports of the campaign beyond its listed ads.',
    }),
    metric: t.exposeString('metric', {
      description:
        'spend, impressions, clicks, link_clicks, reach, conversions, conversion_value; `goal:<name>` and ' +
        '`goal_value:<name>` of the client\u2019s goals; `action:<type>` and `value:<type>` as the platform reports them.',
    }),
    currency: t.exposeString('currency', {
      description: 'ISO 4217. A change of it is a row gone and another one new.',
    }),
    old: t.expose('old', { type: 'Decimal', nullable: true, description: 'Null: it was not there.' }),
    new: t.expose('new', { type: 'Decimal', nullable: true, description: 'Null: it is gone.' }),
    run: t.field({
      type: SyncRun,
      nullable: true,
      description: 'What changed it; null for a run the key may not see.',
      resolve: (revision, _args, ctx) => ctx.loaders.run.load(revision.run_id),
    }),
  }),
});

const RevisionEdge = builder.edgeObject({ type: Revision, name: 'RevisionEdge' });
const RevisionConnection = builder.connectionObject(
  { type: Revision, name: 'RevisionConnection' },
  RevisionEdge,
);

builder.queryField('revisions', (t) =>
  t.field({
    type: RevisionConnection,
    description:
      'What changed in a client\u2019s figures of these days, when and by which run; newest first.',
    authScopes: { signedIn: true },
    args: {
      clientId: t.arg.id({ required: true }),
      range: t.arg({ type: DateRange, required: true }),
      since: t.arg({
        type: 'DateTime',
        description: 'Only what changed after this moment: what asOf of the same moment does not show.',
      }),
      first: t.arg.int(),
      after: t.arg.string(),
    },
    resolve: async (_root, args, ctx) => {
      const clientId = readNodeId('Client', args.clientId);
      const after = args.after ?? null;
      const page = await pageRevisions(ctx, {
        clientId,
        range: checkReadRange(args.range, ctx.now()),
        since: args.since ?? null,
        first: args.first ?? DEFAULT_PAGE,
        after,
      });
      return toConnection(clientId, page, after);
    },
  }),
);

function toConnection(clientId: string, page: RevisionPage, after: string | null) {
  const edges = page.revisions.map(({ cursor, revision }) => ({ cursor, node: { ...revision, clientId } }));
  return {
    edges,
    pageInfo: {
      hasNextPage: page.hasNextPage,
      hasPreviousPage: after !== null,
      startCursor: edges.at(0)?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
  };
}
