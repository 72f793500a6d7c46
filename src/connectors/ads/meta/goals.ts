import type { GoalDefinition, GoalTemplate } from '../contract.ts';

const PURCHASE = [
  'omni_purchase',
  'purchase',
  'offsite_conversion.fb_pixel_purchase',
  'onsite_web_purchase',
  'onsite_conversion.purchase',
];
const LEAD = [
  'lead',
  'onsite_conversion.lead_grouped',
  'offsite_conversion.fb_pixel_lead',
  'onsite_web_lead',
];
const CART = ['omni_add_to_cart', 'add_to_cart', 'offsite_conversion.fb_pixel_add_to_cart'];
const CHECKOUT = [
  'omni_initiated_checkout',
  'initiate_checkout',
  'offsite_conversion.fb_pixel_initiate_checkout',
];
const VIEW = ['omni_view_content', 'view_content', 'offsite_conversion.fb_pixel_view_content'];
const SEARCH = ['omni_search', 'search', 'offsite_conversion.fb_pixel_search'];

/**
 * Goals a new client starts with, the first is the primary one. Meta reports one event under several action types;
 * the order says which of them counts: the one over all channels first, then ever narrower ones.
 */
export const GOALS: readonly GoalDefinition[] = [
  { name: 'purchase', actionTypes: PURCHASE },
  { name: 'lead', actionTypes: LEAD },
];

/** An event that a site sends to the pixel under its own name. */
const pixelEvent = (name: string): string => `offsite_conversion.fb_pixel_custom.${name}`;

/** Sets of goals for kinds of business. Each list goes from the site's own event to the standard ones. */
export const GOAL_TEMPLATES: readonly GoalTemplate[] = [
  {
    key: 'BOOKING_FUNNEL',
    label: 'Booking funnel',
    description: 'A booking in steps: search, choice, details, reservation with its value.',
    goals: [
      { name: 'reservation', actionTypes: [pixelEvent('reservation'), ...PURCHASE] },
      { name: 'booking_step_1', actionTypes: [pixelEvent('booking_step_1'), ...SEARCH, ...VIEW] },
      { name: 'booking_step_2', actionTypes: [pixelEvent('booking_step_2'), ...CART] },
      { name: 'booking_step_3', actionTypes: [pixelEvent('booking_step_3'), ...CHECKOUT] },
    ],
  },
  {
    key: 'ECOMMERCE',
    label: 'Shop',
    description: 'Purchases with their value, and the steps before them.',
    goals: [
      { name: 'purchase', actionTypes: PURCHASE },
      { name: 'add_to_cart', actionTypes: CART },
      { name: 'checkout', actionTypes: CHECKOUT },
      { name: 'view_content', actionTypes: VIEW },
    ],
  },
  {
    key: 'LEAD_GENERATION',
    label: 'Leads',
    description: 'Leads from forms and the site, conversations and calls.',
    goals: [
      { name: 'lead', actionTypes: LEAD },
      { name: 'message', actionTypes: ['onsite_conversion.messaging_conversation_started_7d'] },
      {
        name: 'call',
        actionTypes: ['click_to_call_call_confirm', 'click_to_call_native_call_placed'],
      },
    ],
  },
];
