import type { Actor, Context } from '../context.ts';
import { AppError, notFound } from '../errors.ts';

/** Null = every client; otherwise exactly these. */
export function visibleClientIds(actor: Actor): readonly string[] | null {
  if (actor.kind === 'SYSTEM') return null;
  if (actor.kind === 'ANONYMOUS') return [];
  return actor.role === 'ADMIN' ? null : actor.clientIds;
}

export function isAdmin(actor: Actor): boolean {
  if (actor.kind === 'ANONYMOUS') return false;
  return actor.kind === 'SYSTEM' || actor.role === 'ADMIN';
}

export function isSignedIn(actor: Actor): boolean {
  return actor.kind !== 'ANONYMOUS';
}

/** Throws UNAUTHENTICATED without a key or session. */
export function requireSignedIn(ctx: Context): void {
  if (!isSignedIn(ctx.actor)) {
    throw new AppError('UNAUTHENTICATED', 'Send an API key ("Authorization: Bearer trb_…") or sign in.');
  }
}

/** Throws unless the actor may change things. */
export function requireAdmin(ctx: Context): void {
  requireSignedIn(ctx);
  if (!isAdmin(ctx.actor)) throw new AppError('FORBIDDEN', 'This needs the role ADMIN.');
}

/** Throws NOT_FOUND for a client that is not the actor's: "not yours" and "not there" answer alike. */
export function requireClient(ctx: Context, clientId: string): void {
  requireSignedIn(ctx);
  const visible = visibleClientIds(ctx.actor);
  if (visible && !visible.includes(clientId)) throw notFound('client');
}

/** The Prisma filter of a table that has client_id: `{ clientId: { in: […] } }`, or nothing for who sees all. */
export function clientFilter(actor: Actor): { clientId?: { in: string[] } } {
  const visible = visibleClientIds(actor);
  return visible ? { clientId: { in: [...visible] } } : {};
}

/** The same for the table of clients itself. */
export function visibleClients(actor: Actor): { id?: { in: string[] } } {
  const visible = visibleClientIds(actor);
  return visible ? { id: { in: [...visible] } } : {};
}

/** How the actor stands in a run's `requested_by`, a log and later the audit log. No secret in it. */
export function actorLabel(actor: Actor): string {
  if (actor.kind === 'ANONYMOUS') return 'anonymous';
  if (actor.kind === 'SYSTEM') return `system:${actor.name}`;
  return `${actor.kind === 'API_KEY' ? 'key' : 'user'}:${actor.id}`;
}
