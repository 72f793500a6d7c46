import type { ActionCount, DecimalText, GoalDefinition } from '../../connectors/ads/contract.ts';
import { canonical, isZero } from '../../lib/money.ts';

/** What one goal is worth on one row, and the platform's action type the figures came from. */
export interface ChosenGoal {
  name: string;
  count: DecimalText;
  /** In the row's currency. */
  value: DecimalText;
  action: string;
}

/**
 * Reads the goals off a row's actions. Platforms report one event under several action types, so types are never
 * summed: the first type of a goal's list with a non-zero count wins (SPEC §4). Goals without one are left out.
 */
export function chooseGoals(
  goals: readonly GoalDefinition[],
  actions: Readonly<Record<string, ActionCount>>,
): ChosenGoal[] {
  const chosen: ChosenGoal[] = [];
  for (const goal of goals) {
    for (const action of goal.actionTypes) {
      const reported = Object.hasOwn(actions, action) ? actions[action] : undefined;
      if (!reported || isZero(reported.count)) continue;
      chosen.push({
        name: goal.name,
        count: canonical(reported.count),
        value: canonical(reported.value),
        action,
      });
      break;
    }
  }
  return chosen;
}
