import { z } from 'zod';
import type { GoogleFault } from './faults.ts';

const pattern = z.object({ pattern: z.string(), flags: z.string().optional() });
const text = z.union([z.string(), pattern.transform(({ pattern, flags }) => new RegExp(pattern, flags))]);

const quotaErrorDetails = z.object({
  rateScope: z.enum(['DEVELOPER', 'ACCOUNT']),
  rateName: z.string(),
  retryDelay: z.string().regex(/^\d+(\.\d+)?s$/, 'a duration like 8962s'),
});

const reply = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('error'),
    errorCode: z.record(z.string(), z.string()),
    message: z.string().exactOptional(),
    status: z.number().exactOptional(),
    quotaErrorDetails: quotaErrorDetails.exactOptional(),
  }),
  z.object({
    kind: z.literal('status'),
    status: z.number(),
    body: z.string().exactOptional(),
    headers: z.record(z.string(), z.string()).exactOptional(),
  }),
  z.object({ kind: z.literal('truncate'), atBytes: z.number() }),
  z.object({ kind: z.literal('hang'), ms: z.number().exactOptional() }),
  z.object({ kind: z.literal('close'), atBytes: z.number().exactOptional() }),
  z.object({ kind: z.literal('delay'), ms: z.number() }),
  z.object({ kind: z.literal('empty') }),
  z.object({ kind: z.literal('duplicate'), what: z.enum(['rows', 'chunks']) }),
]);

const fault = z.strictObject({
  match: z
    .strictObject({
      method: z.string().exactOptional(),
      path: text.exactOptional(),
      customer: z.string().exactOptional(),
      query: text.exactOptional(),
      nth: z.number().exactOptional(),
      after: z.number().exactOptional(),
    })
    .exactOptional(),
  times: z.union([z.number(), z.literal('always').transform(() => Infinity)]).exactOptional(),
  probability: z.number().min(0).max(1).exactOptional(),
  reply,
});

/**
 * A fault as JSON describes it: as `GoogleFault`, patterns written `{"pattern":"…"}`, `times` a number or `"always"`.
 * Throws a ZodError naming what is wrong.
 */
export function readGoogleFault(json: unknown): GoogleFault {
  return fault.parse(json);
}
