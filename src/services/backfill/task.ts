import { z } from 'zod';
import { dayRange } from '../parse.ts';

export const backfillTask = z.object({
  /** `2026-09` */
  month: z.string(),
  /** Its days that are asked for. */
  range: dayRange,
  /** Also days that are stored and final. */
  force: z.boolean(),
});
export type BackfillTaskParameters = z.output<typeof backfillTask>;
