import * as oauth from 'oauth4webapi';
import type { Clock } from '../../../lib/clock.ts';
import { Secret } from '../../../lib/secret.ts';
import { doorOf } from './door.ts';
import { toConnectorError } from './oauthErrors.ts';

export interface DeskOptions {
  /** Another place that speaks both parts, such as the sandbox; absent = Google's own two addresses. */
  oauthUrl?: string | undefined;
  clientId: string;
  clientSecret: Secret;
  now: Clock;
}

/** Where authorisations are given and used, and who asks there. */
export interface Desk {
  server: Required<Pick<oauth.AuthorizationServer, 'authorization_endpoint' | 'token_endpoint'>> &
    oauth.AuthorizationServer;
  client: oauth.Client;
  proof: oauth.ClientAuth;
  now: Clock;
}

/** What a refresh token was exchanged for. */
export interface IssuedAccess {
  token: Secret;
  /** Of the access token. */
  endsAt: Date;
  scopes: string[];
  /** Of the refresh token; null = it has no end. */
  grantEndsAt: Date | null;
}

export function createDesk({ oauthUrl, clientId, clientSecret, now }: DeskOptions): Desk {
  const consent = oauthUrl ?? 'https://accounts.google.com';
  return {
    server: {
      issuer: consent,
      authorization_endpoint: `${consent}/o/oauth2/v2/auth`,
      token_endpoint: `${oauthUrl ?? 'https://oauth2.googleapis.com'}/token`,
    },
    client: { client_id: clientId },
    proof: oauth.ClientSecretPost(clientSecret.reveal()),
    now,
  };
}

/** Exchanges a refresh token, once: RFC 6749, 6. Throws ConnectorError, or the signal's reason. */
export async function askForAccess(
  { server, client, proof, now }: Desk,
  token: Secret,
  signal?: AbortSignal,
): Promise<IssuedAccess> {
  try {
    const door = doorOf(server.token_endpoint, signal);
    const response = await oauth.refreshTokenGrantRequest(server, client, proof, token.reveal(), door);
    const issued = await oauth.processRefreshTokenResponse(server, client, response);
    return {
      token: new Secret(issued.access_token),
      endsAt: endOf(issued.expires_in, now()) ?? now(),
      scopes: (issued.scope ?? '').split(' ').filter((scope) => scope !== ''),
      grantEndsAt: endOf(issued['refresh_token_expires_in'], now()),
    };
  } catch (error) {
    throw toConnectorError(error, signal);
  }
}

/** Seconds, for authorisations that end: those of apps that are not published end after seven days. */
export function endOf(seconds: unknown, now: Date): Date | null {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) return null;
  return new Date(now.getTime() + seconds * 1000);
}
