import { ConnectorError } from '../../connectors/errors.ts';
import { AppError } from '../../errors.ts';
import type { Sealed } from '../../lib/crypto.ts';
import { seal, unseal, UnsealError } from '../../lib/crypto.ts';
import type { KeyRing } from '../../lib/keyRing.ts';
import { Secret } from '../../lib/secret.ts';

/** The row a token belongs to. Moving the ciphertext to another row or client makes decryption fail. */
export interface CredentialRow {
  id: string;
  clientId: string;
  platform: string;
}

/** What the ciphertext of a credential is bound to. */
export function credentialBinding(row: CredentialRow): string {
  return `credentials:${row.id}:${row.clientId}:${row.platform}`;
}

export function sealToken(ring: Pick<KeyRing, 'first'>, token: Secret, row: CredentialRow): Sealed {
  return seal(ring, token.reveal(), credentialBinding(row));
}

/**
 * Opens a stored token. Throws ConnectorError: FIX when its key is not in the ring (it may come back), REAUTHORIZE when
 * the stored bytes are not what was stored for this row.
 */
export function unsealToken(ring: Pick<KeyRing, 'find'>, sealed: Sealed, row: CredentialRow): Secret {
  try {
    return new Secret(unseal(ring, sealed, credentialBinding(row)));
  } catch (error) {
    throw error instanceof UnsealError ? cannotOpen(error, sealed.keyId) : error;
  }
}

function cannotOpen(error: UnsealError, keyId: string): ConnectorError {
  if (error.failure === 'CLOSED') {
    return new ConnectorError('Its token cannot be opened: connect it again.', { failure: 'REAUTHORIZE' });
  }
  const message = `Its token was encrypted with the key "${keyId}", which is not there: put it back into TRIBUTARY_SECRET_KEYS, or connect it again.`;
  return new ConnectorError(message, { failure: 'FIX' });
}

/**
 * Call it after what was sealed was written, in the same transaction: should the key have been dropped since, the row
 * could never be opened, and nothing may be stored. (Dropping waits for every such transaction that wrote before it.)
 * Throws CONFLICT.
 */
export function requireKept(ring: Pick<KeyRing, 'all'>, { keyId }: Pick<Sealed, 'keyId'>): void {
  if (ring.all().some((key) => key.id === keyId)) return;
  throw new AppError('CONFLICT', 'The encryption keys were changed in this moment: try again.');
}
