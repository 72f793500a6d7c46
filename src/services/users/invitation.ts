import { randomToken, sha256 } from '../../lib/crypto.ts';
import { Secret } from '../../lib/secret.ts';

const TOKEN_BYTES = 32;
const VALID_MS = 7 * 24 * 60 * 60 * 1000;

/** The columns of an open invitation; null in both = there is none. */
export interface Invitation {
  invitationHash: Uint8Array<ArrayBuffer>;
  invitationExpiresAt: Date;
}

/** A new invitation, good for seven days: 256 random bits of which only the hash is stored. */
export function newInvitation(now: Date): { token: Secret; columns: Invitation } {
  const token = randomToken(TOKEN_BYTES);
  return {
    token: new Secret(token),
    columns: {
      invitationHash: hashInvitation(token),
      invitationExpiresAt: new Date(now.getTime() + VALID_MS),
    },
  };
}

/** What is stored of a token. */
export function hashInvitation(token: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(sha256(token));
}
