import type { Secret } from '../../lib/secret.ts';
import type { CredentialCheck, TokenAccess } from './contract.ts';

/** What the browser is sent to the platform with. */
export interface AuthorizationRequest {
  /** Comes back with the answer, unchanged. */
  state: string;
  /** Where the platform sends the browser back to; the same, byte for byte, in the exchange. */
  redirectUri: string;
  /** RFC 7636, S256; null when the provider does without. */
  challenge: string | null;
}

/** What the browser came back with, its state already found good. */
export interface AuthorizationAnswer {
  /** The parameters of the callback. */
  params: URLSearchParams;
  redirectUri: string;
  /** What the challenge was made of. */
  verifier: string | null;
  signal?: AbortSignal;
}

/** The token that lasts longest of those a code can become. */
export interface IssuedToken {
  token: Secret;
  /** As the platform said when it gave it; null = it did not say. */
  expiresAt: Date | null;
}

/**
 * Connecting a platform in a browser: the authorization code grant of RFC 6749, 4.1. All methods throw ConnectorError
 * when the platform refuses or does not answer.
 */
export interface OAuthProvider {
  /** Whether it understands PKCE (RFC 7636). */
  usesChallenge: boolean;
  /** The page on which a person agrees. */
  authorizationUrl(request: AuthorizationRequest): string;
  /** The code's one use. */
  exchange(answer: AuthorizationAnswer): Promise<IssuedToken>;
  checkCredential(access: TokenAccess): Promise<CredentialCheck>;
}

/** A platform that can be connected in a browser. */
export interface OAuthPlatform {
  /** `META`, `GOOGLE`. */
  key: string;
  /** What people connect: `Facebook`. */
  label: string;
  /** Null while the variables of `needs` are not set. */
  provider: OAuthProvider | null;
  needs: readonly string[];
}
