import { randomBytes } from 'node:crypto';
import { GraphError } from './errors.ts';
import type { JsonObject } from './json.ts';
import type { IssuedToken, TokenBook } from './tokens.ts';
import { requireIdentity, scopesOf, unixSeconds } from './tokens.ts';

const CODE_SECONDS = 600;
const SHORT_SECONDS = 3_600;
/** "About 60 days", as the platform itself writes it. */
const LONG_SECONDS = 5_183_944;

interface Code {
  appId: string;
  redirectUri: string;
  scopes: string[];
  until: number;
  used: boolean;
}

/** The part of the platform that gives tokens to apps. */
export interface OAuthDesk {
  book: TokenBook;
  /** Where the dialog sends the browser; null for a request no dialog is shown for. */
  dialog(params: URLSearchParams, at: Date): string | null;
  /** Answers `oauth/access_token`. Throws GraphError. */
  exchange(params: URLSearchParams, at: Date): JsonObject;
}

/**
 * The dialog agrees to everything by itself. `deny=1` in its address is a person who refuses; `grant=…` one whose
 * earlier choices are added to what is asked (a comma list of scopes).
 */
export function createOAuthDesk(extra: ReadonlySet<string>, isExpired?: TokenBook['isExpired']): OAuthDesk {
  const codes = new Map<string, Code>();
  const issued = new Map<string, IssuedToken>();
  const book = { extra, issued, isExpired };
  return {
    book,
    dialog: (params, at) => openDialog(codes, params, at),
    exchange: (params, at) => {
      requireApp(params);
      if (params.get('grant_type') === 'fb_exchange_token') return lengthen(issued, book, { params, at });
      return redeem(codes, issued, { params, at });
    },
  };
}

function openDialog(codes: Map<string, Code>, params: URLSearchParams, at: Date): string | null {
  const appId = params.get('client_id') ?? '';
  const redirectUri = params.get('redirect_uri') ?? '';
  if (!/^\d+$/.test(appId) || !/^https?:\/\//.test(redirectUri) || !URL.canParse(redirectUri)) return null;
  const back = new URL(redirectUri);
  if (params.get('deny') === '1') {
    const refusal = { error: 'access_denied', error_code: '200', error_reason: 'user_denied' };
    for (const [name, value] of Object.entries(refusal)) back.searchParams.set(name, value);
    back.searchParams.set('error_description', 'Permissions error');
  } else {
    const code = randomBytes(24).toString('base64url');
    const asked = [params.get('scope') ?? '', params.get('grant') ?? '', 'public_profile'].join(',');
    const scopes = [...new Set(asked.split(',').filter((scope) => scope !== ''))];
    codes.set(code, { appId, redirectUri, scopes, until: unixSeconds(at) + CODE_SECONDS, used: false });
    back.searchParams.set('code', code);
  }
  const state = params.get('state');
  if (state !== null) back.searchParams.set('state', state);
  return back.href;
}

/** Every app id has every secret, but for those that begin with `wrong`. */
function requireApp(params: URLSearchParams): void {
  const secret = params.get('client_secret') ?? '';
  if (/^\d+$/.test(params.get('client_id') ?? '') && secret !== '' && !secret.startsWith('wrong')) return;
  throw refused({ code: 1, message: 'Error validating client secret.' });
}

interface Asked {
  params: URLSearchParams;
  at: Date;
}

function redeem(codes: Map<string, Code>, issued: Map<string, IssuedToken>, { params, at }: Asked) {
  const code = codes.get(params.get('code') ?? '');
  if (!code || code.appId !== params.get('client_id'))
    throw refused({ code: 100, message: 'Invalid verification code format.' });
  if (code.redirectUri !== params.get('redirect_uri')) {
    const message =
      'Error validating verification code. Please make sure your redirect_uri is identical to the one you used ' +
      'in the OAuth dialog request';
    throw refused({ code: 100, error_subcode: 36008, message });
  }
  if (code.used)
    throw refused({ code: 100, error_subcode: 36009, message: 'This authorization code has been used.' });
  if (code.until <= unixSeconds(at))
    throw refused({ code: 100, error_subcode: 36007, message: 'This authorization code has expired.' });
  code.used = true;
  return give(issued, { appId: code.appId, scopes: code.scopes, at, seconds: SHORT_SECONDS });
}

function lengthen(issued: Map<string, IssuedToken>, book: TokenBook, { params, at }: Asked): JsonObject {
  const short = params.get('fb_exchange_token') ?? '';
  requireIdentity(short, book, at);
  const appId = params.get('client_id') ?? '';
  return give(issued, { appId, scopes: scopesOf(short, book), at, seconds: LONG_SECONDS });
}

function give(
  issued: Map<string, IssuedToken>,
  { appId, scopes, at, seconds }: { appId: string; scopes: string[]; at: Date; seconds: number },
): JsonObject {
  const token = `sandbox-user-${randomBytes(32).toString('base64url')}`;
  const issuedAt = unixSeconds(at);
  issued.set(token, { appId, scopes, issuedAt, expiresAt: issuedAt + seconds });
  return { access_token: token, token_type: 'bearer', expires_in: seconds };
}

function refused(body: { code: number; message: string; error_subcode?: number }): GraphError {
  return new GraphError(400, { type: 'OAuthException', ...body });
}
