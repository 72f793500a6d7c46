import type { Actor } from '../context.ts';
import { AppError } from '../errors.ts';
import { isAdmin, isSignedIn } from '../services/access.ts';

/** What a field may ask of the actor. Every root field declares one (checked when the schema is built). */
export interface Scopes {
  /** Anybody, also without a key: only what proves by itself who is asking. */
  public: boolean;
  signedIn: boolean;
  admin: boolean;
}

export function decideScopes(actor: Actor): Scopes {
  return { public: true, signedIn: isSignedIn(actor), admin: isAdmin(actor) };
}

/** Why a scope was not granted, in the caller's terms. */
export function refuse(actor: Actor): AppError {
  return isSignedIn(actor)
    ? new AppError('FORBIDDEN', 'This needs the role ADMIN.')
    : new AppError('UNAUTHENTICATED', 'Send an API key ("Authorization: Bearer trb_…") or sign in.');
}
