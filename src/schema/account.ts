import { PLATFORM_KEYS } from '../connectors/ads/index.ts';
import { clientFilter } from '../services/access.ts';
import { connectAccount } from '../services/accounts/connect.ts';
import { builder } from './builder.ts';
import { Platform, word } from './enums.ts';
import { readNodeId } from './ids.ts';

export const AdAccountNode = builder.prismaNode('AdAccount', {
  id: { field: 'id' },
  nullable: true,
  description: 'One ad account of a client on a platform.',
  findUnique: (id, ctx) => ({ id, ...clientFilter(ctx.actor) }),
  fields: (t) => ({
    platform: t.field({ type: Platform, resolve: (account) => word(PLATFORM_KEYS, account.platform) }),
    externalId: t.exposeString('externalId', {
      description: 'The platform\u2019s own id, `act_\u2026` on Meta.',
    }),
    name: t.exposeString('name'),
    currency: t.exposeString('currency', { description: 'ISO 4217.' }),
    timezone: t.exposeString('timezone', {
      description: 'IANA; every day of the account is a day in this zone.',
    }),
    status: t.exposeString('status', { description: 'The platform\u2019s word for it.' }),
    lastSyncedAt: t.expose('lastSyncedAt', { type: 'DateTime', nullable: true }),
  }),
});

const ConnectAccountInput = builder.inputType('ConnectAccountInput', {
  fields: (t) => ({
    clientId: t.id({ required: true }),
    platform: t.field({ type: Platform, required: true }),
    externalId: t.string({ required: true }),
    token: t.string({ description: 'Write-only. Without it the agency\u2019s own token is used.' }),
    loginCustomerId: t.string(),
    trackedCampaignIds: t.stringList(),
  }),
});

builder.mutationField('connectAccount', (t) =>
  t.field({
    type: AdAccountNode,
    description: 'Checks the token with the platform, then connects the account. Again: renews its token.',
    authScopes: { admin: true },
    args: { input: t.arg({ type: ConnectAccountInput, required: true }) },
    resolve: (_root, { input }, ctx) =>
      connectAccount(ctx, { ...input, clientId: readNodeId('Client', input.clientId) }),
  }),
);
