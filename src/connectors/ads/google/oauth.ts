import * as oauth from 'oauth4webapi';
import { Secret } from '../../../lib/secret.ts';
import { ConnectorError } from '../../errors.ts';
import type { CredentialCheck, TokenAccess } from '../contract.ts';
import type { AuthorizationAnswer, AuthorizationRequest, IssuedToken, OAuthProvider } from '../oauth.ts';
import type { Desk, DeskOptions } from './desk.ts';
import { askForAccess, createDesk, endOf } from './desk.ts';
import { doorOf } from './door.ts';
import { isDeadGrant, toConnectorError } from './oauthErrors.ts';

/** The only scope of the Google Ads API: there is none that can only read. */
const SCOPE = 'https://www.googleapis.com/auth/adwords';

/**
 * "Using OAuth 2.0 for Web Server Applications": what is kept is the refresh token, from which every access token
 * is made.
 */
export function createGoogleOAuth(options: DeskOptions): OAuthProvider {
  const desk = createDesk(options);
  return {
    usesChallenge: true,
    authorizationUrl: (request) => consentUrl(desk, request),
    exchange: (answer) => exchange(desk, answer),
    checkCredential: (access) => checkCredential(desk, access),
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
export async function checkCredential(desk: Desk, { token, signal }: TokenAccess): Promise<CredentialCheck> {
  try {
    const { scopes, grantEndsAt: expiresAt } = await askForAccess(desk, token, signal);
    if (scopes.includes(SCOPE)) return { valid: true, scopes, expiresAt };
    const reason = 'The access to Google Ads was not ticked: connect again and tick it.';
    return { valid: false, scopes, expiresAt, reason };
  } catch (error) {
    if (!isDeadGrant(error)) throw error;
    const reason = 'The authorisation has expired or was taken back: connect again.';
    return { valid: false, scopes: [], expiresAt: null, reason };
  }
}
