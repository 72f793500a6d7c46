import * as oauth from 'oauth4webapi';
import type { Clock } from '../../../lib/clock.ts';
import { Secret } from '../../../lib/secret.ts';
import { ConnectorError } from '../../errors.ts';
import type { CredentialCheck, TokenAccess } from '../contract.ts';
import type { AuthorizationAnswer, AuthorizationRequest, IssuedToken, OAuthProvider } from '../oauth.ts';
import { doorOf } from './door.ts';
import { isDeadGrant, toConnectorError } from './errors.ts';

export interface GoogleOAuthOptions {
  /** Another place that speaks both parts, such as the sandbox; absent = Google's own two addresses. */
  oauthUrl?: string | undefined;
  clientId: string;
  clientSecret: Secret;
  now: Clock;
}

/** The only scope of the Google Ads API: there is none that can only read. */
const SCOPE = 'https://www.googleapis.com/auth/adwords';

/**
 * "Using OAuth 2.0 for Web Server Applications": what is kept is the refresh token, from which every access token
 * is made.
 */
export function createGoogleOAuth(options: GoogleOAuthOptions): OAuthProvider {
  const desk: Desk = {
    server: serverOf(options.oauthUrl),
    client: { client_id: options.clientId },
    proof: oauth.ClientSecretPost(options.clientSecret.reveal()),
    now: options.now,
  };
  return {
    usesChallenge: true,
    authorizationUrl: (request) => consentUrl(desk, request),
    exchange: (answer) => exchange(desk, answer),
    checkCredential: (access) => checkCredential(desk, access),
  };
}

interface Desk {
  server: Required<Pick<oauth.AuthorizationServer, 'authorization_endpoint' | 'token_endpoint'>> &
    oauth.AuthorizationServer;
  client: oauth.Client;
  proof: oauth.ClientAuth;
  now: Clock;
}

function serverOf(oauthUrl: string | undefined): Desk['server'] {
  const consent = oauthUrl ?? 'https://accounts.google.com';
  return {
    issuer: consent,
    authorization_endpoint: `${consent}/o/oauth2/v2/auth`,
    token_endpoint: `${oauthUrl ?? 'https://oauth2.googleapis.com'}/token`,
  };
}

/** `consent` again each time: without it a second connecting brings no refresh token. */
function consentUrl(
  { server, client }: Desk,
  { state, redirectUri, challenge }: AuthorizationRequest,
): string {
  const url = new URL(server.authorization_endpoint);
  const params = {
    client_id: client.client_id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: SCOPE,
    access_type: 'offline',
    prompt: 'consent',
    state,
    ...(challenge === null ? {} : { code_challenge: challenge, code_challenge_method: 'S256' }),
  };
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  return url.href;
}

async function exchange(desk: Desk, answer: AuthorizationAnswer): Promise<IssuedToken> {
  const { server, client, proof } = desk;
  const { params, redirectUri, verifier } = answer;
  if (verifier === null) throw new Error('The exchange needs the verifier of its challenge.');
  try {
    // The state was looked up by its hash, which is as good as comparing it.
    const checked = oauth.validateAuthResponse(server, client, params, oauth.skipStateCheck);
    const door = doorOf(server.token_endpoint, answer.signal);
    const response = await oauth.authorizationCodeGrantRequest(
      server,
      client,
      proof,
      checked,
      redirectUri,
      verifier,
      door,
    );
    const issued = await oauth.processAuthorizationCodeResponse(server, client, response);
    if (issued.refresh_token !== undefined) {
      const expiresAt = endOf(issued['refresh_token_expires_in'], desk.now());
      return { token: new Secret(issued.refresh_token), expiresAt };
    }
  } catch (error) {
    throw toConnectorError(error, answer.signal);
  }
  throw new ConnectorError(
    'Google gave no lasting authorisation: remove the app in your Google account under "Third-party apps", then connect again.',
    { failure: 'FIX' },
  );
}

/** Asks for an access token: the only way to learn whether a refresh token still works. */
async function checkCredential(desk: Desk, { token, signal }: TokenAccess): Promise<CredentialCheck> {
  const { server, client, proof, now } = desk;
  try {
    const door = doorOf(server.token_endpoint, signal);
    const response = await oauth.refreshTokenGrantRequest(server, client, proof, token.reveal(), door);
    const issued = await oauth.processRefreshTokenResponse(server, client, response);
    const scopes = (issued.scope ?? '').split(' ').filter((scope) => scope !== '');
    const expiresAt = endOf(issued['refresh_token_expires_in'], now());
    if (scopes.includes(SCOPE)) return { valid: true, scopes, expiresAt };
    const reason = 'The access to Google Ads was not ticked: connect again and tick it.';
    return { valid: false, scopes, expiresAt, reason };
  } catch (error) {
    if (isDeadGrant(error)) {
      const reason = 'The authorisation has expired or was taken back: connect again.';
      return { valid: false, scopes: [], expiresAt: null, reason };
    }
    throw toConnectorError(error, signal);
  }
}

/** Seconds, for authorisations that end: those of apps that are not published end after seven days. */
function endOf(seconds: unknown, now: Date): Date | null {
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0) return null;
  return new Date(now.getTime() + seconds * 1000);
}
