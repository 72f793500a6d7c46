import type { EncryptionKey, Sealed } from '../../lib/crypto.ts';
import { seal, unseal } from '../../lib/crypto.ts';
import { Secret } from '../../lib/secret.ts';

/** The row a token belongs to. Moving the ciphertext to another row or client makes decryption fail. */
export interface CredentialRow {
  id: string;
  clientId: string;
  platform: string;
}

function associatedData(row: CredentialRow): string {
  return `credentials:${row.id}:${row.clientId}:${row.platform}`;
}

export function sealToken(ring: readonly EncryptionKey[], token: Secret, row: CredentialRow): Sealed {
  return seal(ring, token.reveal(), associatedData(row));
}

export function unsealToken(ring: readonly EncryptionKey[], sealed: Sealed, row: CredentialRow): Secret {
  return new Secret(unseal(ring, sealed, associatedData(row)));
}
