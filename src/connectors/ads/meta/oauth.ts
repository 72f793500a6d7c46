import { z } from 'zod';
import type { Clock } from '../../../lib/clock.ts';
import type { HttpAnswer } from '../../../lib/http.ts';
import { HttpError, send } from '../../../lib/http.ts';
import type { RetryPolicy } from '../../../lib/retry.ts';
import { DEFAULT_RETRIES } from '../../../lib/retry.ts';
import { Secret } from '../../../lib/secret.ts';
import { ConnectorError } from '../../errors.ts';
import type { AuthorizationAnswer, AuthorizationRequest, IssuedToken, OAuthProvider } from '../oauth.ts';
import { readAnswer } from './answer.ts';
import { createGraph } from './api.ts';
import type { App } from './credential.ts';
import { inspectToken } from './credential.ts';

export interface MetaOAuthOptions {
  /** `https://graph.facebook.com`, or the sandbox. */
  graphUrl: string;
  /** `https://www.facebook.com`, or the sandbox. */
  dialogUrl: string;
  /** `v26.0`. */
  apiVersion: string;
  app: App;
  now: Clock;
  retries?: RetryPolicy;
}

/** Enough to read every account a person reaches, also through a business; none of them can spend. */
const SCOPES = 'ads_read,business_management';
const TIMEOUT_MS = 20_000;
/** Somebody waits in front of a browser. */
const PATIENCE: RetryPolicy = { ...DEFAULT_RETRIES, tries: 3 };

const issued = z.object({
  access_token: z.string().min(1).max(4096),
  /** Seconds; left out for tokens that do not end. */
  expires_in: z.number().int().positive().max(1e10).optional().catch(undefined),
});

/**
 * "Facebook Login, Manually Build a Login Flow" and "Access Token Guide, Get Long-Lived Tokens": code → token of an
 * hour → token of about 60 days. The dialog does not know PKCE; the exchange is secured by the app secret.
 */
export function createMetaOAuth(options: MetaOAuthOptions): OAuthProvider {
  const { graphUrl, apiVersion, now, app, retries = PATIENCE } = options;
  const graph = createGraph({ graphUrl, apiVersion, now, retries, timeoutMs: TIMEOUT_MS });
  return {
    usesChallenge: false,
    authorizationUrl: (request) => dialogUrl(options, request),
    exchange: async (answer) => lengthen(options, (await redeem(options, answer)).token, answer.signal),
    checkCredential: (access) => inspectToken(graph, app, access),
  };
}

function dialogUrl(options: MetaOAuthOptions, { state, redirectUri }: AuthorizationRequest): string {
  const url = new URL(`${options.dialogUrl}/${options.apiVersion}/dialog/oauth`);
  const params = {
    client_id: options.app.id,
    redirect_uri: redirectUri,
    response_type: 'code',
    scope: SCOPES,
    state,
  };
  for (const [name, value] of Object.entries(params)) url.searchParams.set(name, value);
  return url.href;
}

function redeem(options: MetaOAuthOptions, answer: AuthorizationAnswer): Promise<IssuedToken> {
  const code = answer.params.get('code');
  if (!code) throw new ConnectorError('Meta sent no code: start the connecting again.', { failure: 'FIX' });
  return askForToken(options, { redirect_uri: answer.redirectUri, code }, answer.signal);
}

function lengthen(
  options: MetaOAuthOptions,
  short: Secret,
  signal: AbortSignal | undefined,
): Promise<IssuedToken> {
  const form = { grant_type: 'fb_exchange_token', fb_exchange_token: short.reveal() };
  return askForToken(options, form, signal);
}

/** Everything secret travels in the body. Tried once: a code is good for one use, whatever became of the answer. */
async function askForToken(
  options: MetaOAuthOptions,
  form: Record<string, string>,
  signal: AbortSignal | undefined,
): Promise<IssuedToken> {
  const { app } = options;
  const now = options.now();
  const secret = app.secret.reveal();
  const body = new URLSearchParams({ client_id: app.id, client_secret: secret, ...form });
  const answer = await post(options, body, signal);
  const secrets = [secret, ...Object.values(form)];
  const given = readAnswer(answer, issued, { accountId: '', now, secrets });
  const { access_token: token, expires_in: seconds } = given;
  const expiresAt = seconds === undefined ? null : new Date(now.getTime() + seconds * 1000);
  return { token: new Secret(token), expiresAt };
}

async function post(
  { graphUrl, apiVersion }: MetaOAuthOptions,
  body: URLSearchParams,
  signal: AbortSignal | undefined,
): Promise<HttpAnswer> {
  try {
    return await send({
      method: 'POST',
      url: `${graphUrl}/${apiVersion}/oauth/access_token`,
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
      body: body.toString(),
      timeoutMs: TIMEOUT_MS,
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    throw new ConnectorError(`Meta: ${error.message}`, { failure: 'RETRY', cause: error });
  }
}
