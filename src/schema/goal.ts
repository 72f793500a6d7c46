import type { GoalDefinition } from '../connectors/ads/contract.ts';
import { PLATFORM_KEYS } from '../connectors/ads/index.ts';
import { listTemplates } from '../services/goals/templates.ts';
import type { PlatformTemplate } from '../services/goals/templates.ts';
import { builder } from './builder.ts';
import { Platform, word } from './enums.ts';

/** A goal in its place: of a client, or of a template. */
export interface GoalShape extends GoalDefinition {
  platform: string;
  position: number;
}

export const Goal = builder.objectRef<GoalShape>('Goal').implement({
  description: 'A named conversion: the first action type with a non-zero count is its figure.',
  fields: (t) => ({
    name: t.exposeString('name'),
    platform: t.field({ type: Platform, resolve: (goal) => word(PLATFORM_KEYS, goal.platform) }),
    primary: t.boolean({
      description: 'Its figures are the conversions and their value.',
      resolve: (goal) => goal.position === 0,
    }),
    position: t.exposeInt('position', { description: 'Its place among the goals of its platform, from 0.' }),
    actionTypes: t.exposeStringList('actionTypes'),
  }),
});

export const GoalInput = builder.inputType('GoalInput', {
  description: 'The order is the priority: the first goal of a platform is its primary one.',
  fields: (t) => ({
    platform: t.field({ type: Platform, required: true }),
    name: t.string({ required: true, description: 'A word of lower-case letters, digits and _.' }),
    actionTypes: t.stringList({
      required: true,
      description:
        'The platform\u2019s own words, in their order: the first with a non-zero count counts, no other.',
    }),
  }),
});

const GoalTemplate = builder.objectRef<PlatformTemplate>('GoalTemplate').implement({
  description: 'Goals that fit a kind of business, ready to be taken.',
  fields: (t) => ({
    platform: t.field({ type: Platform, resolve: (template) => word(PLATFORM_KEYS, template.platform) }),
    key: t.exposeString('key'),
    label: t.exposeString('label'),
    description: t.exposeString('description'),
    goals: t.field({
      type: [Goal],
      resolve: ({ platform, goals }) => goals.map((goal, position) => ({ ...goal, platform, position })),
    }),
  }),
});

builder.queryField('goalTemplates', (t) =>
  t.field({
    type: [GoalTemplate],
    description: 'Of one platform or all; DEFAULT is what a new client starts with.',
    authScopes: { signedIn: true },
    args: { platform: t.arg({ type: Platform }) },
    resolve: (_root, { platform }, ctx) => listTemplates(ctx, platform ?? null),
  }),
);
