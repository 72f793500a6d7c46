import { PLATFORM_KEYS } from '../connectors/ads/index.ts';
import type { AdAccount } from '../generated/prisma/client.ts';
import { clientFilter } from '../services/access.ts';
import { connectAccount } from '../services/accounts/connect.ts';
import type { DiscoveredAccount, DiscoveredAccounts } from '../services/accounts/discover.ts';
import { discoverAccounts } from '../services/accounts/discover.ts';
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
    pausedUntil: t.field({
      type: 'DateTime',
      nullable: true,
      description: 'The platform takes no calls for the account before then; null = it does.',
      resolve: (account, _args, ctx) => (isPaused(account, ctx.now()) ? account.pausedUntil : null),
    }),
    pauseReason: t.string({
      nullable: true,
      description: 'What the platform said; null while the account is not paused.',
      resolve: (account, _args, ctx) => (isPaused(account, ctx.now()) ? account.pauseReason : null),
    }),
  }),
});

function isPaused({ pausedUntil }: Pick<AdAccount, 'pausedUntil'>, now: Date): boolean {
  return pausedUntil !== null && pausedUntil > now;
}

const ConnectAccountInput = builder.inputType('ConnectAccountInput', {
  fields: (t) => ({
    clientId: t.id({ required: true }),
    platform: t.field({ type: Platform, required: true }),
    externalId: t.string({ required: true }),
    token: t.string({ description: 'Write-only. Without it the agency\u2019s own token is used.' }),
    loginCustomerId: t.string({
      description: 'Google: the manager account to log in through. Without it: what the platform says.',
    }),
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

// Not nodes: nothing of them is stored.
const DiscoveredAccountObject = builder.objectRef<DiscoveredAccount>('DiscoveredAccount').implement({
  description: 'An ad account that a token reaches.',
  fields: (t) => ({
    externalId: t.exposeString('externalId', { description: 'What `connectAccount` takes.' }),
    name: t.exposeString('name'),
    currency: t.exposeString('currency', { description: 'ISO 4217.' }),
    timezone: t.exposeString('timezone', { description: 'IANA.' }),
    status: t.exposeString('status', { description: 'The platform\u2019s word for it.' }),
    loginCustomerId: t.string({
      nullable: true,
      description: 'Google: the manager account through which the token reaches it; null = directly.',
      resolve: (account) => account.loginCustomerId ?? null,
    }),
    connected: t.exposeBoolean('connected', { description: 'It is an account of this client already.' }),
  }),
});

const UnusableAccount = builder
  .objectRef<DiscoveredAccounts['unusable'][number]>('UnusableAccount')
  .implement({
    description: 'An ad account that is there but cannot be read.',
    fields: (t) => ({ externalId: t.exposeString('externalId'), reason: t.exposeString('reason') }),
  });

const DiscoveredAccountsObject = builder.objectRef<DiscoveredAccounts>('DiscoveredAccounts').implement({
  fields: (t) => ({
    accounts: t.field({ type: [DiscoveredAccountObject], resolve: ({ accounts }) => accounts }),
    unusable: t.field({ type: [UnusableAccount], resolve: ({ unusable }) => unusable }),
  }),
});

const DiscoverAccountsInput = builder.inputType('DiscoverAccountsInput', {
  fields: (t) => ({
    clientId: t.id({ required: true }),
    platform: t.field({ type: Platform, required: true }),
    token: t.string({
      description: 'Write-only. Without it: what the client connected in a browser, else the agency\u2019s.',
    }),
    loginCustomerId: t.string({ description: 'Google: look only below this manager account.' }),
  }),
});

builder.mutationField('discoverAccounts', (t) =>
  t.field({
    type: DiscoveredAccountsObject,
    description: 'The ad accounts that a token reaches. Stores nothing; a mutation because of the token.',
    authScopes: { admin: true },
    args: { input: t.arg({ type: DiscoverAccountsInput, required: true }) },
    resolve: (_root, { input }, ctx) =>
      discoverAccounts(ctx, { ...input, clientId: readNodeId('Client', input.clientId) }),
  }),
);
