import { z } from 'zod';

/** The channel on which the processes of one database tell each other what changed. Also named in runs/sql.ts. */
export const EVENTS_CHANNEL = 'tributary_events';

const message = z.discriminatedUnion('t', [
  z.object({ t: z.enum(['runProgress', 'runFinished']), id: z.guid(), seq: z.int().nonnegative() }),
  z.object({
    t: z.literal('accessRevoked'),
    kind: z.enum(['API_KEY', 'USER', 'SESSION']),
    id: z.guid(),
    /** Which process tells it: that one knows. */
    from: z.string().optional(),
  }),
]);

/**
 * What one process tells the others: ids alone, a few dozen bytes. What is behind an id is read by whoever has somebody
 * to tell it to, so that nothing of a client is ever on the channel.
 */
export type Message = z.infer<typeof message>;

export function encodeMessage(told: Message): string {
  return JSON.stringify(told);
}

/** Null for what this version does not understand: another one may be running beside it. */
export function parseMessage(payload: string): Message | null {
  try {
    return message.safeParse(JSON.parse(payload)).data ?? null;
  } catch {
    return null;
  }
}
