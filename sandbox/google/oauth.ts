import { createHash, randomBytes } from 'node:crypto';

const CODE_SECONDS = 600;
const ACCESS_SECONDS = 3_599;
const TESTING_SECONDS = 7 * 86_400;

interface Code {
  clientId: string;
  redirectUri: string;
  scope: string;
  /** S256 of the verifier; null when the app did not use PKCE. */
  challenge: string | null;
  offline: boolean;
  testing: boolean;
  until: number;
}

interface Grant {
  clientId: string;
  scope: string;
  /** Null = until it is revoked. */
  until: number | null;
}

interface AccessToken {
  scope: string;
  until: number;
  /** What it was made of; null when none was given. */
  refreshToken: string | null;
}

/** Everything that was given, and what was taken back. */
interface Books {
  codes: Map<string, Code>;
  grants: Map<string, Grant>;
  tokens: Map<string, AccessToken>;
  revoked: Set<string>;
}

const ADS_SCOPE = 'https://www.googleapis.com/auth/adwords';

/** An answer of the token endpoint. */
export interface TokenAnswer {
  status: number;
  json: Record<string, string | number>;
}

/** The part of the platform that gives authorisations to apps. */
export interface OAuthDesk {
  /** Where the consent page sends the browser; null for a request no page is shown for. */
  consent(params: URLSearchParams, at: Date): string | null;
  token(form: URLSearchParams, at: Date): TokenAnswer;
  /** What an access token is good for. */
  access(token: string, at: Date): AccessState;
  /** Takes back every authorisation that was given, as its owner would in the account's settings. */
  revokeAll(): void;
  /** Takes back one: its refresh token, and the access tokens made of it. */
  revoke(refreshToken: string): void;
  /** Ends every access token that was given; refresh tokens stay good. */
  expireAll(): void;
}

export type AccessState = 'valid' | 'expired' | 'revoked' | 'invalid' | 'noscope';

/**
 * The consent page agrees by itself. In its address `deny=1` is a person who refuses, `untick=1` one who leaves
 * every box empty, `testing=1` an app that is not published: its authorisations end after seven days.
 */
export function createOAuthDesk(issuer: () => string): OAuthDesk {
  const books: Books = { codes: new Map(), grants: new Map(), tokens: new Map(), revoked: new Set() };
  const { codes, grants, tokens, revoked } = books;
  return {
    consent: (params, at) => openConsent(codes, { params, at, issuer: issuer() }),
    token: (form, at) => {
      const clientId = form.get('client_id') ?? '';
      const secret = form.get('client_secret') ?? '';
      if (clientId === '' || secret === '' || secret.startsWith('wrong'))
        return refusal('invalid_client', 'Unauthorized', 401);
      const seconds = secondsOf(at);
      if (form.get('grant_type') === 'authorization_code') return redeem(books, { form, seconds });
      if (form.get('grant_type') === 'refresh_token') return refresh(books, { form, seconds });
      return refusal('unsupported_grant_type', 'Invalid grant_type.');
    },
    access: (token, at) => accessState(books, token, secondsOf(at)),
    revokeAll: () => {
      for (const token of grants.keys()) revoked.add(token);
    },
    revoke: (token) => void revoked.add(token),
    expireAll: () => {
      for (const token of tokens.values()) token.until = 0;
    },
  };
}

/** A token that begins with `sandbox-` needs no dialog; what follows can say otherwise. */
function accessState({ tokens, revoked }: Books, token: string, seconds: number): AccessState {
  const given = tokens.get(token);
  if (given === undefined) return spokenState(token);
  if (given.refreshToken !== null && revoked.has(given.refreshToken)) return 'revoked';
  if (given.until <= seconds) return 'expired';
  return given.scope.split(' ').includes(ADS_SCOPE) ? 'valid' : 'noscope';
}

function spokenState(token: string): AccessState {
  if (!token.startsWith('sandbox-')) return 'invalid';
  if (token.startsWith('sandbox-expired')) return 'expired';
  if (token.startsWith('sandbox-revoked')) return 'revoked';
  return token.startsWith('sandbox-nopermission') ? 'noscope' : 'valid';
}

const secondsOf = (at: Date): number => Math.floor(at.getTime() / 1000);

function openConsent(
  codes: Map<string, Code>,
  { params, at, issuer }: { params: URLSearchParams; at: Date; issuer: string },
): string | null {
  const clientId = params.get('client_id') ?? '';
  const redirectUri = params.get('redirect_uri') ?? '';
  const isKnown = clientId !== '' && params.get('response_type') === 'code';
  if (!isKnown || !/^https?:\/\//.test(redirectUri) || !URL.canParse(redirectUri)) return null;
  const back = new URL(redirectUri);
  const state = params.get('state');
  if (state !== null) back.searchParams.set('state', state);
  back.searchParams.set('iss', issuer);
  if (params.get('deny') === '1') {
    back.searchParams.set('error', 'access_denied');
    return back.href;
  }
  const code = `4/${randomBytes(24).toString('base64url')}`;
  const scope = params.get('untick') === '1' ? '' : (params.get('scope') ?? '');
  const challenge = params.get('code_challenge_method') === 'S256' ? params.get('code_challenge') : null;
  const offline = params.get('access_type') === 'offline';
  const testing = params.get('testing') === '1';
  const until = secondsOf(at) + CODE_SECONDS;
  codes.set(code, { clientId, redirectUri, scope, challenge, offline, testing, until });
  back.searchParams.set('code', code);
  back.searchParams.set('scope', scope);
  return back.href;
}

interface Asked {
  form: URLSearchParams;
  seconds: number;
}

function redeem(books: Books, { form, seconds }: Asked): TokenAnswer {
  const { codes, grants } = books;
  const text = form.get('code') ?? '';
  const code = codes.get(text);
  // Single use, also when it was presented wrongly.
  codes.delete(text);
  if (!code || code.clientId !== form.get('client_id') || code.until <= seconds)
    return refusal('invalid_grant', 'Malformed auth code.');
  if (code.redirectUri !== form.get('redirect_uri')) return refusal('redirect_uri_mismatch', 'Bad Request');
  if (code.challenge !== null && code.challenge !== challengeOf(form.get('code_verifier') ?? ''))
    return refusal('invalid_grant', 'Invalid code verifier.');
  const refresh_token = `1//sandbox-${randomBytes(32).toString('base64url')}`;
  const refreshToken = code.offline ? refresh_token : null;
  const access = giveAccess(books, { scope: code.scope, seconds, refreshToken });
  if (!code.offline) return { status: 200, json: access };
  const until = code.testing ? seconds + TESTING_SECONDS : null;
  grants.set(refresh_token, { clientId: code.clientId, scope: code.scope, until });
  return { status: 200, json: { ...access, refresh_token, ...remaining(until, seconds) } };
}

function refresh(books: Books, { form, seconds }: Asked): TokenAnswer {
  const { grants, revoked } = books;
  const token = form.get('refresh_token') ?? '';
  const grant = grants.get(token) ?? elsewhere(token, form);
  const isAlive = grant && !revoked.has(token) && (grant.until === null || grant.until > seconds);
  if (!isAlive || grant.clientId !== form.get('client_id'))
    return refusal('invalid_grant', 'Token has been expired or revoked.');
  const access = giveAccess(books, { scope: grant.scope, seconds, refreshToken: token });
  return { status: 200, json: { ...access, ...remaining(grant.until, seconds) } };
}

/** An authorisation that another start of the sandbox gave: it is good, as every `sandbox-` token is. */
function elsewhere(token: string, form: URLSearchParams): Grant | undefined {
  const rest = /^(?:1\/\/)?sandbox-(?!expired|revoked)(.*)/s.exec(token)?.[1];
  if (rest === undefined) return undefined;
  const scope = rest.startsWith('nopermission') ? '' : ADS_SCOPE;
  return { clientId: form.get('client_id') ?? '', scope, until: null };
}

function giveAccess(
  { tokens }: Books,
  { scope, seconds, refreshToken }: { scope: string; seconds: number; refreshToken: string | null },
): TokenAnswer['json'] {
  const access_token = `ya29.sandbox-${randomBytes(24).toString('base64url')}`;
  tokens.set(access_token, { scope, until: seconds + ACCESS_SECONDS, refreshToken });
  return { access_token, expires_in: ACCESS_SECONDS, scope, token_type: 'Bearer' };
}

function remaining(until: number | null, seconds: number): TokenAnswer['json'] {
  return until === null ? {} : { refresh_token_expires_in: until - seconds };
}

/** RFC 7636, 4.2. */
function challengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}

function refusal(error: string, error_description: string, status = 400): TokenAnswer {
  return { status, json: { error, error_description } };
}
