import type { Context } from '../../context.ts';
import type { Topics } from '../../pubsub.ts';
import { requireClient, requireSignedIn, visibleClientIds } from '../access.ts';

/**
 * Every run that ends from now on: of one client (a run for every client is also one of this client), or with null
 * of all the actor may see. A VIEWER gets only runs of its own clients. Throws NOT_FOUND.
 */
export function watchFinished(
  ctx: Context,
  clientId: string | null,
): AsyncIterableIterator<Topics['runFinished']> {
  requireSignedIn(ctx);
  if (clientId !== null) requireClient(ctx, clientId);
  const visible = visibleClientIds(ctx.actor);
  return ctx.pubsub.subscribe('runFinished', {
    accepts: (run) => {
      if (visible && (run.clientId === null || !visible.includes(run.clientId))) return false;
      return clientId === null || run.clientId === null || run.clientId === clientId;
    },
  });
}
