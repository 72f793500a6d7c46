import type { AdPlatform, GoalDefinition } from '../../connectors/ads/contract.ts';
import type { Context } from '../../context.ts';
import { readGoals } from '../goals/read.ts';

/** The client's goals in its order; the platform's when the client has said nothing. */
export function goalsFor(
  ctx: Context,
  clientId: string,
  platform: Pick<AdPlatform, 'key' | 'defaultGoals'>,
): Promise<readonly GoalDefinition[]> {
  return readGoals(ctx.db.pool, clientId, platform);
}
