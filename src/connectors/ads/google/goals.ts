import type { GoalDefinition, GoalTemplate } from '../contract.ts';

/**
 * Goals a new client starts with, the first is the primary one: categories of primary conversion actions, as Google's
 * column "Conversions" counts them. Names: ConversionActionCategory.
 */
export const GOALS: readonly GoalDefinition[] = [
  { name: 'purchase', actionTypes: ['PURCHASE', 'STORE_SALE', 'SUBSCRIBE_PAID'] },
  {
    name: 'lead',
    actionTypes: [
      'SUBMIT_LEAD_FORM',
      'IMPORTED_LEAD',
      'PHONE_CALL_LEAD',
      'REQUEST_QUOTE',
      'CONTACT',
      'SIGNUP',
    ],
  },
];

/** Steps are usually secondary actions, so that bids do not follow them: `all:` has them. */
export const GOAL_TEMPLATES: readonly GoalTemplate[] = [
  {
    key: 'BOOKING_FUNNEL',
    label: 'Booking funnel',
    description:
      'Looking at an offer, beginning to book, entering the data, and the reservation with its value.',
    goals: [
      { name: 'booking_step_1', actionTypes: ['PAGE_VIEW', 'all:PAGE_VIEW'] },
      { name: 'booking_step_2', actionTypes: ['ADD_TO_CART', 'all:ADD_TO_CART'] },
      { name: 'booking_step_3', actionTypes: ['BEGIN_CHECKOUT', 'all:BEGIN_CHECKOUT'] },
      { name: 'reservation', actionTypes: ['BOOK_APPOINTMENT', 'PURCHASE', 'all:BOOK_APPOINTMENT'] },
    ],
  },
];
