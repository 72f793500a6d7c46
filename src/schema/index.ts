import type { GraphQLSchema } from 'graphql';
import { lexicographicSortSchema, printSchema } from 'graphql';
import { builder } from './builder.ts';
import { checkRootScopes } from './rootScopes.ts';
import './scalars.ts';
import './account.ts';
import './apiKey.ts';
import './auditLog.ts';
import './backfill.ts';
import './breakdown.ts';
import './campaign.ts';
import './client.ts';
import './coverage.ts';
import './credential.ts';
import './goal.ts';
import './mail.ts';
import './month.ts';
import './plan.ts';
import './revision.ts';
import './reach.ts';
import './run.ts';
import './schedule.ts';
import './scheduler.ts';
import './session.ts';
import './structure.ts';
import './sync.ts';
import './totals.ts';
import './user.ts';
import './viewer.ts';

/** The whole API. Building it fails when a root field says nothing about who may use it. */
export const schema: GraphQLSchema = checkRootScopes(builder.toSchema());

/** The text of schema.graphql. */
export function describeSchema(): string {
  return `${printSchema(lexicographicSortSchema(schema))}\n`;
}
