import type { Context } from '../context.ts';
import type { AdmissionOptions, Admit } from './admit.ts';
import { createAdmission } from './admit.ts';
import { counting, countingRefusals } from './meter.ts';
import { trackSubscriptions } from './openSubscriptions.ts';
import type { Perform } from './perform.ts';
import { createPerformance } from './perform.ts';

/** The one way in: POST, GET, SSE and WebSocket only carry what is asked to it and what it answers. */
export interface FrontDoor {
  admit: Admit;
  perform: Perform;
  /** How many subscriptions are open. */
  subscriptions(): number;
  /** Ends every subscription. */
  close(): void;
}

export function createFrontDoor(ctx: Context, options: AdmissionOptions): FrontDoor {
  const open = trackSubscriptions(ctx);
  return {
    admit: countingRefusals(createAdmission(ctx, options)),
    perform: counting(createPerformance(ctx, { limits: options.limits, open })),
    subscriptions: () => open.size,
    close: () => open.close(),
  };
}
