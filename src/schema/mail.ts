import { MAIL_STATUSES } from '../db/enums.ts';
import { storable } from '../lib/text.ts';
import { releaseMail, retryMail } from '../services/mails/change.ts';
import { sendTestMail } from '../services/mails/sendTest.ts';
import { builder } from './builder.ts';
import { ClientNode } from './client.ts';
import { word } from './enums.ts';
import { readNodeId } from './ids.ts';
import { SyncRun } from './run.ts';

const MailStatus = builder.enumType('MailStatus', {
  description:
    'NOT_SENT: no mail server is set. SKIPPED: nobody to send it to. HELD: until `releaseMail`. FAILED: no further try.',
  values: MAIL_STATUSES,
});

const Mail = builder.prismaNode('Mail', {
  id: { field: 'id' },
  nullable: true,
  description: 'A mail that was sent, waits, or was kept.',
  authScopes: { admin: true },
  fields: (t) => ({
    kind: t.exposeString('kind', { description: 'MONTH_SUMMARY, COMPLETENESS, TEST …' }),
    status: t.field({ type: MailStatus, resolve: (mail) => word(MAIL_STATUSES, mail.status) }),
    reason: t.exposeString('reason', {
      nullable: true,
      description: 'Why it is not sent, or not to everybody.',
    }),
    client: t.field({
      type: ClientNode,
      nullable: true,
      description: 'Null = about the installation.',
      resolve: ({ clientId }, _args, ctx) => (clientId ? ctx.loaders.client.load(clientId) : null),
    }),
    run: t.field({
      type: SyncRun,
      nullable: true,
      description: 'What it tells of.',
      resolve: ({ runId }, _args, ctx) => (runId ? ctx.loaders.run.load(runId) : null),
    }),
    recipients: t.exposeStringList('recipients'),
    subject: t.exposeString('subject'),
    html: t.exposeString('html'),
    text: t.exposeString('text'),
    messageId: t.exposeString('messageId', { description: 'The same in every try.' }),
    attempts: t.exposeInt('attempts', { description: 'Tries so far; at most 6 before it is FAILED.' }),
    nextTryAt: t.expose('nextTryAt', { type: 'DateTime', nullable: true }),
    createdAt: t.expose('createdAt', { type: 'DateTime' }),
    sentAt: t.expose('sentAt', { type: 'DateTime', nullable: true }),
  }),
});

builder.queryField('mails', (t) =>
  t.prismaConnection(
    {
      type: Mail,
      cursor: 'id',
      description: 'The outbox, newest first.',
      authScopes: { admin: true },
      args: { status: t.arg({ type: MailStatus }), kind: t.arg.string(), clientId: t.arg.id() },
      resolve: (query, _root, { status, kind, clientId }, ctx) =>
        ctx.db.prisma.mail.findMany({
          ...query,
          where: {
            ...(status ? { status } : {}),
            ...(kind ? { kind: storable(kind) } : {}),
            ...(clientId ? { clientId: readNodeId('Client', clientId) } : {}),
          },
          orderBy: [{ createdAt: 'desc' }, { id: 'asc' }],
        }),
    },
    { name: 'MailConnection' },
    { name: 'MailEdge' },
  ),
);

builder.mutationFields((t) => ({
  sendTestMail: t.field({
    type: Mail,
    description: 'A mail to see whether mails arrive, to this address or to the admins.',
    authScopes: { admin: true },
    args: { to: t.arg.string() },
    resolve: (_root, { to }, ctx) => sendTestMail(ctx, { to }),
  }),
  retryMail: t.field({
    type: Mail,
    description: 'Sends a FAILED or NOT_SENT mail after all. CONFLICT for any other.',
    authScopes: { admin: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, ctx) => retryMail(ctx, readNodeId('Mail', id)),
  }),
  releaseMail: t.field({
    type: Mail,
    description: 'Lets a HELD mail go. CONFLICT for any other.',
    authScopes: { admin: true },
    args: { id: t.arg.id({ required: true }) },
    resolve: (_root, { id }, ctx) => releaseMail(ctx, readNodeId('Mail', id)),
  }),
}));
