import type { AdPlatform, GoalTemplate } from '../../connectors/ads/contract.ts';
import type { Context } from '../../context.ts';
import { requireSignedIn } from '../access.ts';

export type PlatformTemplate = GoalTemplate & { platform: string };

export const DEFAULT_TEMPLATE = 'DEFAULT';

/** Goals that are ready to be taken, of one platform or all: first what a new client starts with. */
export function listTemplates(ctx: Context, platform: string | null): PlatformTemplate[] {
  requireSignedIn(ctx);
  return [...ctx.platforms.values()]
    .filter(({ key }) => platform === null || key === platform)
    .flatMap((one) =>
      [defaultOf(one), ...one.goalTemplates].map((template) => ({ ...template, platform: one.key })),
    );
}

function defaultOf({ label, defaultGoals }: AdPlatform): GoalTemplate {
  return {
    key: DEFAULT_TEMPLATE,
    label: 'Default goals',
    description: `What a new client starts with on ${label}.`,
    goals: defaultGoals,
  };
}
