import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import type { GoalDefinition } from '../../connectors/ads/contract.ts';
import type { Context } from '../../context.ts';
import type { Sql } from '../../db/sql.ts';
import { badInput } from '../../errors.ts';
import { readGoals } from './read.ts';
import { deleteGoals, insertGoal } from './sql.ts';

const MOST_GOALS = 30;
/** What no stored action type has (services/sync/check.ts), so that a goal with it could never be met. */
const UNSTORABLE = /[\p{Cc}\p{Surrogate}]/u;

const actionType = z
  .string()
  .min(1, 'must not be empty')
  .max(200, 'must have at most 200 characters')
  .refine((text) => !UNSTORABLE.test(text), 'must have no control characters');

/** Goals in the order of their priority: the first of a platform is its primary one. */
export const goalList = z.array(
  z.object({
    platform: z.string(),
    name: z
      .string()
      .regex(/^[a-z0-9][a-z0-9_]*$/, 'must be a word of lower-case letters, digits and _')
      .max(60, 'must have at most 60 characters'),
    actionTypes: z
      .array(actionType)
      .min(1, 'must name at least one action type')
      .max(50, 'must name at most 50 action types'),
  }),
);
export type GoalList = z.output<typeof goalList>;

/** Goals by platform, each list in its order. Throws BAD_USER_INPUT. */
export function byPlatform(ctx: Context, goals: GoalList): Map<string, GoalDefinition[]> {
  const lists = new Map<string, GoalDefinition[]>();
  for (const { platform, name, actionTypes } of goals) {
    if (!ctx.platforms.has(platform)) {
      throw badInput(`goals: platform must be one of ${[...ctx.platforms.keys()].join(', ')}.`);
    }
    const list = lists.get(platform) ?? [];
    if (list.some((goal) => goal.name === name)) {
      throw badInput(`goals: ${platform} has two goals with the name "${name}".`);
    }
    if (new Set(actionTypes).size < actionTypes.length) {
      throw badInput(`goals: "${name}" names an action type twice.`);
    }
    lists.set(platform, [...list, { name, actionTypes }]);
    if (list.length >= MOST_GOALS)
      throw badInput(`goals: ${platform} has more than ${String(MOST_GOALS)} goals.`);
  }
  return lists;
}

/**
 * Replaces the client's goals on these platforms and leaves the others. Returns the platforms whose figures are others
 * now. The caller's transaction holds the client.
 */
export async function setGoals(
  ctx: Context,
  sql: Sql,
  { clientId, goals }: { clientId: string; goals: ReadonlyMap<string, readonly GoalDefinition[]> },
): Promise<string[]> {
  const changed: string[] = [];
  for (const [platform, list] of goals) {
    const defaultGoals = ctx.platforms.get(platform)?.defaultGoals ?? [];
    const before = await readGoals(sql, clientId, { key: platform, defaultGoals });
    if (!isSame(before, list)) changed.push(platform);
    await deleteGoals.run(sql, clientId, [platform]);
    for (const [position, { name, actionTypes }] of list.entries()) {
      await insertGoal.run(sql, clientId, platform, name, position, actionTypes);
    }
  }
  return changed;
}

function isSame(before: readonly GoalDefinition[], after: readonly GoalDefinition[]): boolean {
  const plain = (goals: readonly GoalDefinition[]) =>
    goals.map(({ name, actionTypes }) => [name, ...actionTypes]);
  return isDeepStrictEqual(plain(before), plain(after));
}
