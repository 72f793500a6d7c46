import { z } from 'zod';
import type { Fault, Faults } from './faults.ts';

const pattern = z.object({ pattern: z.string(), flags: z.string().optional() });
const text = z.union([z.string(), pattern.transform(({ pattern, flags }) => new RegExp(pattern, flags))]);
const headers = z.record(z.string(), z.string()).optional();
const error = z.looseObject({
  code: z.number(),
  message: z.string(),
  type: z.string().optional(),
  error_subcode: z.number().optional(),
  is_transient: z.boolean().optional(),
});

const reply = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('error'), status: z.number(), error, headers }),
  z.object({ kind: z.literal('status'), status: z.number(), body: z.string().optional(), headers }),
  z.object({ kind: z.literal('truncate'), atBytes: z.number() }),
  z.object({ kind: z.literal('hang'), ms: z.number().optional() }),
  z.object({ kind: z.literal('close') }),
  z.object({ kind: z.literal('delay'), ms: z.number() }),
  z.object({ kind: z.literal('repeatPage') }),
  z.object({ kind: z.literal('emptyPage') }),
  z.object({ kind: z.literal('loopCursor') }),
  z.object({ kind: z.literal('headers'), headers: z.record(z.string(), z.string()) }),
  z.object({ kind: z.literal('merge'), json: z.record(z.string(), z.json()) }),
]);

const fault = z.object({
  match: z
    .object({
      method: z.string(),
      path: text,
      account: z.string(),
      query: z.record(z.string(), text),
      limitAbove: z.number(),
      after: z.number(),
    })
    .partial()
    .strict()
    .optional(),
  times: z.union([z.number(), z.literal('always').transform(() => Infinity)]).optional(),
  probability: z.number().min(0).max(1).optional(),
  reply,
});

/**
 * A fault as JSON describes it: as `Fault`, patterns written `{"pattern":"…"}`, `times` a number or `"always"`.
 * Throws a ZodError naming what is wrong.
 */
export function readFault(json: unknown): Fault {
  return withoutUndefined(fault.parse(json)) as Fault;
}

const poison = z.object({ poison: z.object({ id: z.string(), day: z.string().optional() }) });
const expiry = z.object({ expireToken: z.string(), after: z.number().optional() });

/**
 * Adds what a JSON describes: a fault, `{"poison":{"id":"…","day":"…"}}` or `{"expireToken":"…","after":3}`.
 * Throws a ZodError naming what is wrong.
 */
export function addFault(faults: Faults, json: unknown): void {
  const poisonous = poison.safeParse(json).data;
  const expiring = expiry.safeParse(json).data;
  if (poisonous) faults.poison(withoutUndefined(poisonous.poison) as Parameters<Faults['poison']>[0]);
  else if (expiring) faults.expireToken(expiring.expireToken, expiring.after);
  else faults.add(readFault(json));
}

/** Optional members are absent or set, never undefined. */
function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value) || value instanceof RegExp || typeof value !== 'object' || value === null)
    return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutUndefined(member)]));
}
