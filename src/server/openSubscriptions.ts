import { GraphQLError } from 'graphql';
import type { Actor, Context } from '../context.ts';
import { errorText } from '../db/errors.ts';
import type { ErrorCode } from '../errors.ts';
import { readValidity } from '../services/sessions/validity.ts';
import type { LiveStream } from './liveStream.ts';

/** A little under the second within which a revoked key must see nothing more. */
const CHECK_MS = 800;

/** Every subscription of this process, by what its subscriber proved itself with. */
export interface OpenSubscriptions {
  add(actor: Actor, stream: LiveStream): void;
  remove(stream: LiveStream): void;
  readonly size: number;
  close(): void;
}

/**
 * Ends the subscriptions of whoever loses access: at once when this process hears of it, and within a second when
 * another process did it or a key's time ran out, by one statement for all that are open.
 */
export function trackSubscriptions(ctx: Context): OpenSubscriptions {
  const open = new Map<LiveStream, Actor>();
  const endWhere = (isOver: (actor: Actor) => boolean) => {
    for (const [stream, actor] of open) if (isOver(actor)) stream.end(revoked());
  };
  const check = async () => {
    const actors = [...open.values()];
    const valid = await readValidity(ctx, { keyIds: keyIdsOf(actors), sessionIds: sessionIdsOf(actors) });
    // Only those that were asked about: others may have come meanwhile.
    const asked = new Set(actors);
    endWhere((actor) => asked.has(actor) && !isValid(actor, valid));
  };
  let checking = false;
  const timer = setInterval(() => {
    if (checking || open.size === 0) return;
    checking = true;
    void check()
      .catch((error: unknown) =>
        ctx.log.warn({ reason: errorText(error) }, 'access could not be checked again'),
      )
      .finally(() => (checking = false));
  }, CHECK_MS);
  timer.unref();
  const messages = listen(ctx, (message) => endWhere((actor) => isMeant(actor, message)));
  return {
    add: (actor, stream) => void open.set(stream, actor),
    remove: (stream) => void open.delete(stream),
    get size() {
      return open.size;
    },
    close: () => {
      clearInterval(timer);
      messages.close();
      for (const stream of open.keys()) stream.end();
    },
  };
}

interface Revocation {
  kind: 'API_KEY' | 'USER' | 'SESSION';
  id: string;
}

/** Hears every revocation of this process; one that is lost in a flood of them is found by the check. */
function listen(ctx: Context, onRevoked: (message: Revocation) => void): { close(): void } {
  const messages = ctx.pubsub.subscribe('accessRevoked', {
    // Heard while it is published, before anything else happens; nothing is queued.
    accepts: (message) => {
      onRevoked(message);
      return false;
    },
  });
  return { close: () => void messages.return?.() };
}

function isMeant(actor: Actor, { kind, id }: Revocation): boolean {
  if (actor.kind === 'API_KEY') return kind === 'API_KEY' && actor.id === id;
  if (actor.kind !== 'USER') return false;
  return (kind === 'USER' && actor.id === id) || (kind === 'SESSION' && actor.sessionId === id);
}

interface Valid {
  keyIds: ReadonlySet<string>;
  sessionIds: ReadonlySet<string>;
}

function isValid(actor: Actor, valid: Valid): boolean {
  if (actor.kind === 'API_KEY') return valid.keyIds.has(actor.id);
  return actor.kind !== 'USER' || valid.sessionIds.has(actor.sessionId);
}

function keyIdsOf(actors: readonly Actor[]): string[] {
  return [...new Set(actors.flatMap((actor) => (actor.kind === 'API_KEY' ? [actor.id] : [])))];
}

function sessionIdsOf(actors: readonly Actor[]): string[] {
  return [...new Set(actors.flatMap((actor) => (actor.kind === 'USER' ? [actor.sessionId] : [])))];
}

function revoked(): GraphQLError {
  return new GraphQLError('Your access changed: sign in or send your key again.', {
    extensions: { code: 'UNAUTHENTICATED' satisfies ErrorCode },
  });
}
