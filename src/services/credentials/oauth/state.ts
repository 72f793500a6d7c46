import type { Context } from '../../../context.ts';
import { inTransaction } from '../../../context.ts';
import { badInput } from '../../../errors.ts';
import { randomToken, seal, sha256, unseal, UnsealError } from '../../../lib/crypto.ts';
import { actorLabel } from '../../access.ts';
import { requireKept } from '../seal.ts';
import type { StateRow } from './sql.ts';
import { deleteOldStates, insertState, takeState } from './sql.ts';

const STATE_BYTES = 32;
const VALID_MS = 10 * 60_000;
/** 256 bits in base64url; what is longer was not made here. */
const LONGEST_STATE = 100;

/** What a browser was sent away with. */
export interface BegunConnecting {
  platform: string;
  clientId: string;
  /** `key:…` or `user:…`. */
  requestedBy: string;
  verifier: string | null;
}

/** What goes into the address; only the hash of the state stays here, and the verifier only encrypted. */
export interface MadeState {
  state: string;
  challenge: string | null;
}

/** Notes that the actor begins to connect a client. `challenged`: with PKCE (RFC 7636, S256). */
export async function makeState(
  ctx: Context,
  input: { platform: string; clientId: string; challenged: boolean },
): Promise<MadeState> {
  const { platform, clientId, challenged } = input;
  const now = ctx.now();
  const state = randomToken(STATE_BYTES);
  const verifier = challenged ? randomToken(STATE_BYTES) : null;
  const hash = sha256(state);
  const bound = stateBinding(hash, { platform, clientId });
  const sealed = verifier === null ? null : seal(ctx.secretKeys, verifier, bound);
  const whoAndWhen = [actorLabel(ctx.actor), sealed?.ciphertext ?? null, sealed?.keyId ?? null, now] as const;
  await inTransaction(ctx, async (sql) => {
    await deleteOldStates.run(sql, now);
    await insertState.run(sql, hash, platform, clientId, ...whoAndWhen, new Date(now.getTime() + VALID_MS));
    if (sealed) requireKept(ctx.secretKeys, sealed);
  });
  return { state, challenge: verifier === null ? null : sha256(verifier).toString('base64url') };
}

/**
 * What a browser that comes back with this state was sent away with. A state is good once, for ten minutes and for its
 * platform; it is used up also when it comes back wrongly. Throws BAD_USER_INPUT, always with the same words.
 */
export async function redeemState(
  ctx: Context,
  input: { platform: string; state: string | null },
): Promise<BegunConnecting> {
  const { platform, state } = input;
  if (!state || state.length > LONGEST_STATE) throw unknownState();
  const hash = sha256(state);
  const row = await takeState.maybe(ctx.db.pool, hash);
  if (!row || row.platform !== platform || row.expires_at <= ctx.now()) throw unknownState();
  const { client_id: clientId, requested_by: requestedBy } = row;
  return { platform, clientId, requestedBy, verifier: openVerifier(ctx, hash, row) };
}

function openVerifier(ctx: Context, hash: Buffer, row: StateRow): string | null {
  if (row.verifier === null || row.key_id === null) return null;
  const bound = stateBinding(hash, { platform: row.platform, clientId: row.client_id });
  try {
    return unseal(ctx.secretKeys, { keyId: row.key_id, ciphertext: row.verifier }, bound);
  } catch (error) {
    throw error instanceof UnsealError ? unknownState() : error;
  }
}

/** What the ciphertext of a verifier is bound to. */
export function stateBinding(hash: Buffer, row: { platform: string; clientId: string }): string {
  return `oauth_states:${hash.toString('hex')}:${row.clientId}:${row.platform}`;
}

function unknownState() {
  return badInput(
    'This connecting is not open: it was finished already or began more than 10 minutes ago. Begin again.',
  );
}
