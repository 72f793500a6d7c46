import { randomBytes } from 'node:crypto';
import type { Context } from '../../context.ts';
import { errorText } from '../../db/errors.ts';
import { notify } from '../../db/notify.ts';
import type { PubSub, Topics } from '../../pubsub.ts';
import { EVENTS_CHANNEL, encodeMessage } from '../../pubsub/message.ts';

type Revocation = Topics['accessRevoked'];

const senders = new WeakMap<PubSub, string>();

/** What this process goes by among those that share the database, so that it does not hear itself. */
export function senderOf(pubsub: PubSub): string {
  const sender = senders.get(pubsub) ?? randomBytes(6).toString('base64url');
  senders.set(pubsub, sender);
  return sender;
}

/** Where news of another process is being passed on: that process told everybody already. */
const passingOn = new WeakSet<PubSub>();

/** Tells this process alone. */
export function passOn(pubsub: PubSub, revocation: Revocation): void {
  passingOn.add(pubsub);
  try {
    pubsub.publish('accessRevoked', revocation);
  } finally {
    passingOn.delete(pubsub);
  }
}

export interface Telling {
  /** Over when everything that was to be told is told. */
  close(): Promise<void>;
}

/**
 * Tells the other processes what is published here and is no change of a run: those are told by their statements.
 * A message that does not get out is made up for by everybody's own check (server/openSubscriptions.ts).
 */
export function tellOthers(ctx: Context): Telling {
  const { pubsub, log } = ctx;
  const sending = new Set<Promise<unknown>>();
  const send = (revocation: Revocation) => {
    const payload = encodeMessage({ t: 'accessRevoked', ...revocation, from: senderOf(pubsub) });
    const sent = notify
      .run(ctx.db.staff.pool, EVENTS_CHANNEL, payload)
      .catch((error: unknown) => log.warn({ reason: errorText(error) }, 'other processes could not be told'))
      .finally(() => sending.delete(sent));
    sending.add(sent);
  };
  const messages = pubsub.subscribe('accessRevoked', {
    // Heard while it is published; nothing is queued.
    accepts: (revocation) => {
      if (!passingOn.has(pubsub)) send(revocation);
      return false;
    },
  });
  return {
    close: async () => {
      await messages.return?.();
      await Promise.all(sending);
    },
  };
}
