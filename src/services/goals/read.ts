import type { AdPlatform, GoalDefinition } from '../../connectors/ads/contract.ts';
import type { Sql } from '../../db/sql.ts';
import { goalsOf } from './sql.ts';

/** The client's goals on a platform, in its order; the platform's own when the client has said nothing. */
export async function readGoals(
  sql: Sql,
  clientId: string,
  platform: Pick<AdPlatform, 'key' | 'defaultGoals'>,
): Promise<readonly GoalDefinition[]> {
  const rows = await goalsOf.all(sql, clientId, platform.key);
  if (rows.length === 0) return platform.defaultGoals;
  return rows.map((row) => ({ name: row.name, actionTypes: row.action_types }));
}
