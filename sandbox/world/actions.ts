import type { Metrics } from './metrics.ts';

/** One action type of a cell: how often, and its worth in minor units (0 = the platform reports none). */
export interface Action {
  type: string;
  count: number;
  value: number;
}

const PURCHASE_TYPES = ['omni_purchase', 'purchase', 'offsite_conversion.fb_pixel_purchase'];
const CART_TYPES = ['omni_add_to_cart', 'add_to_cart', 'offsite_conversion.fb_pixel_add_to_cart'];
const CHECKOUT_TYPES = [
  'omni_initiated_checkout',
  'initiate_checkout',
  'offsite_conversion.fb_pixel_initiate_checkout',
];

/** The same event stands under every type it counts as, as on the real platform; types without events are left out. */
export function actionsOf(metrics: Readonly<Metrics>): Action[] {
  const actions: Action[] = [];
  const add = (type: string, count: number, value = 0): void => {
    if (count > 0) actions.push({ type, count, value });
  };
  const engagements = metrics.engagements > 0 ? metrics.engagements + metrics.linkClicks : 0;
  add('link_click', metrics.linkClicks);
  add('landing_page_view', metrics.landingPageViews);
  add('post_engagement', engagements);
  add('page_engagement', engagements);
  add('video_view', metrics.videoPlays);
  add('lead', metrics.leads);
  add('offsite_conversion.fb_pixel_lead', metrics.pixelLeads);
  for (const type of PURCHASE_TYPES) add(type, metrics.purchases, metrics.purchaseValue);
  for (const type of CART_TYPES) add(type, metrics.carts);
  for (const type of CHECKOUT_TYPES) add(type, metrics.checkouts);
  return actions;
}
