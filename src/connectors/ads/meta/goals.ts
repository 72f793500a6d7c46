import type { GoalDefinition } from '../contract.ts';

/**
 * Goals a new client starts with, the first is the primary one. Meta reports one event under several action types;
 * the order says which of them counts: the one over all channels first, then ever narrower ones.
 */
export const GOALS: readonly GoalDefinition[] = [
  {
    name: 'purchase',
    actionTypes: [
      'omni_purchase',
      'purchase',
      'offsite_conversion.fb_pixel_purchase',
      'onsite_web_purchase',
      'onsite_conversion.purchase',
    ],
  },
  {
    name: 'lead',
    actionTypes: [
      'lead',
      'onsite_conversion.lead_grouped',
      'offsite_conversion.fb_pixel_lead',
      'onsite_web_lead',
    ],
  },
];
