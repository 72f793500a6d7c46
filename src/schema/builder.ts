import SchemaBuilder from '@pothos/core';
import PrismaPlugin from '@pothos/plugin-prisma';
import ComplexityPlugin from '@pothos/plugin-complexity';
import RelayPlugin from '@pothos/plugin-relay';
import ScopeAuthPlugin from '@pothos/plugin-scope-auth';
import type { Context } from '../context.ts';
import type PrismaTypes from '../generated/pothos.ts';
import { getDatamodel } from '../generated/pothos.ts';
import type { Prisma } from '../generated/prisma/client.ts';
import type { Day } from '../lib/days.ts';
import type { SignInThrottle } from '../services/sessions/throttle.ts';
import { AUDIT } from './audit.ts';
import { DEADLINE } from './deadline.ts';
import { decodeNodeId, encodeNodeId } from './ids.ts';
import type { Loaders } from './loaders.ts';
import { DEFAULT_PAGE, MAX_PAGE, PAGE_LIMIT } from './pageLimit.ts';
import type { Scopes } from './scopes.ts';
import { decideScopes, refuse } from './scopes.ts';
import { STORABLE_TEXT } from './storableText.ts';

/** What only an answer over HTTP can carry. */
export interface Reply {
  /** Adds a `Set-Cookie` header. */
  setCookie(cookie: string): void;
}

/** What a resolver gets: the services' context, and this request's loaders. */
export interface GraphQLContext extends Context {
  loaders: Loaders;
  /** Aborted when nobody waits for the answer any more. */
  signal: AbortSignal;
  /** Null over WebSocket. */
  reply: Reply | null;
  signInThrottle: SignInThrottle;
}

interface SchemaTypes {
  Context: GraphQLContext;
  PrismaTypes: PrismaTypes;
  AuthScopes: Scopes;
  DefaultFieldNullability: false;
  DefaultEdgesNullability: false;
  DefaultNodeNullability: false;
  Scalars: {
    Date: { Input: Day; Output: Day };
    DateTime: { Input: Date; Output: Date };
    Decimal: { Input: string; Output: Prisma.Decimal | string };
    Count: { Input: number; Output: Prisma.Decimal | bigint | number };
    JSON: { Input: unknown; Output: unknown };
    ID: { Input: string; Output: string };
  };
}

export const builder = new SchemaBuilder<SchemaTypes>({
  plugins: [
    AUDIT,
    ScopeAuthPlugin,
    DEADLINE,
    PAGE_LIMIT,
    STORABLE_TEXT,
    ComplexityPlugin,
    RelayPlugin,
    PrismaPlugin,
  ],
  defaultFieldNullability: false,
  // Costs are declared here and judged before the execution, in server/cost.ts.
  complexity: { defaultComplexity: 1, defaultListMultiplier: 1, disabled: true },
  relay: {
    clientMutationId: 'omit',
    cursorType: 'String',
    nodesOnConnection: true,
    edgesFieldOptions: { nullable: false },
    nodeFieldOptions: { nullable: false },
    encodeGlobalID: (type, id) => encodeNodeId(type, String(id)),
    decodeGlobalID: (text) => decodeNodeId(text),
    nodeQueryOptions: { authScopes: { signedIn: true } },
    nodesQueryOptions: false,
  },
  prisma: {
    client: (ctx) => ctx.db.prisma,
    dmmf: getDatamodel(),
    defaultConnectionSize: DEFAULT_PAGE,
    maxConnectionSize: MAX_PAGE,
  },
  scopeAuth: {
    authorizeOnSubscribe: true,
    authScopes: (ctx) => decideScopes(ctx.actor),
    unauthorizedError: (_parent, ctx) => refuse(ctx.actor),
  },
});

builder.queryType({});
builder.mutationType({});
builder.subscriptionType({});
