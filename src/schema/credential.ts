import { CREDENTIAL_KINDS, CREDENTIAL_STATUSES } from '../db/enums.ts';
import { disconnectCredential } from '../services/credentials/disconnect.ts';
import type { ShownCredential } from '../services/credentials/list.ts';
import { listCredentials } from '../services/credentials/list.ts';
import { startOAuth } from '../services/credentials/oauth/start.ts';
import { startCredentialCheck } from '../services/credentials/trigger.ts';
import { startOnce } from '../services/runs/idempotency.ts';
import { builder } from './builder.ts';
import {
  CREDENTIAL_PLATFORM_KEYS,
  CredentialKind,
  CredentialPlatform,
  CredentialStatus,
  OAuthPlatform,
  word,
} from './enums.ts';
import { encodeNodeId, readNodeId } from './ids.ts';
import { IDEMPOTENCY_KEY, SyncRun } from './run.ts';

// Not a node: only admins get here, and through the fields below.
const CredentialObject = builder.objectRef<ShownCredential>('Credential').implement({
  description: 'What a client\u2019s accounts are read with. The token itself is never shown.',
  fields: (t) => ({
    id: t.id({ resolve: (credential) => encodeNodeId('Credential', credential.id) }),
    platform: t.field({
      type: CredentialPlatform,
      resolve: (credential) => word(CREDENTIAL_PLATFORM_KEYS, credential.platform),
    }),
    kind: t.field({
      type: CredentialKind,
      description: 'OAUTH: connected in a browser. TOKEN: given by hand for one account.',
      resolve: (credential) => word(CREDENTIAL_KINDS, credential.kind),
    }),
    lastFour: t.exposeString('lastFour'),
    scopes: t.exposeStringList('scopes', { description: 'As the platform names them.' }),
    expiresAt: t.expose('expiresAt', {
      type: 'DateTime',
      nullable: true,
      description: 'Null = never, or the platform does not say.',
    }),
    status: t.field({
      type: CredentialStatus,
      resolve: (credential) => word(CREDENTIAL_STATUSES, credential.status),
    }),
    checkedAt: t.expose('checkedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When the platform was last asked about it.',
    }),
    warning: t.exposeString('warning', {
      nullable: true,
      description: 'What to do about it; null = nothing.',
    }),
  }),
});

builder.queryField('credentials', (t) =>
  t.field({
    type: [CredentialObject],
    description: 'The credentials of a client.',
    authScopes: { admin: true },
    args: { clientId: t.arg.id({ required: true }) },
    resolve: (_root, { clientId }, ctx) => listCredentials(ctx, readNodeId('Client', clientId)),
  }),
);

const StartOAuthPayload = builder.objectRef<{ url: string }>('StartOAuthPayload').implement({
  fields: (t) => ({
    url: t.exposeString('url', {
      description: 'Open it in a browser, or send it to whoever has the account: good once, for ten minutes.',
    }),
  }),
});

builder.mutationFields((t) => ({
  startOAuth: t.field({
    type: StartOAuthPayload,
    description:
      '\u201cConnect Facebook\u201d, \u201cConnect Google\u201d: begins to connect a platform in a browser.',
    authScopes: { admin: true },
    args: {
      clientId: t.arg.id({ required: true }),
      platform: t.arg({ type: OAuthPlatform, required: true }),
    },
    resolve: (_root, { clientId, platform }, ctx) =>
      startOAuth(ctx, { clientId: readNodeId('Client', clientId), platform }),
  }),
  checkCredentials: t.field({
    type: SyncRun,
    description: 'Asks the platforms about a client\u2019s credentials now, as the daily check does.',
    authScopes: { admin: true },
    args: {
      clientId: t.arg.id({ required: true }),
      idempotencyKey: t.arg.string({ description: IDEMPOTENCY_KEY }),
    },
    resolve: async (_root, args, ctx) => {
      const clientId = readNodeId('Client', args.clientId);
      const asked = { key: args.idempotencyKey, action: 'checkCredentials', request: { clientId } };
      const started = await startOnce(ctx, asked, (once) => startCredentialCheck(ctx, clientId, once));
      return ctx.db.prisma.run.findUniqueOrThrow({ where: { id: started.runId } });
    },
  }),
  disconnectCredential: t.id({
    description: 'Deletes a credential. Its accounts and their figures stay.',
    authScopes: { admin: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: async (_root, { id }, ctx) => {
      await disconnectCredential(ctx, readNodeId('Credential', id));
      return id;
    },
  }),
}));
