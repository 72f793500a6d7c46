import { setTimeout as wait } from 'node:timers/promises';
import { z } from 'zod';
import type { Clock } from '../../../lib/clock.ts';
import type { HttpAnswer } from '../../../lib/http.ts';
import { HttpError, send } from '../../../lib/http.ts';
import type { RetryPolicy } from '../../../lib/retry.ts';
import { retrying } from '../../../lib/retry.ts';
import type { Secret } from '../../../lib/secret.ts';
import { ConnectorError } from '../../errors.ts';
import type { PauseGate, TokenAccess } from '../contract.ts';
import type { CallFacts } from './answer.ts';
import { GoogleError, readAnswer, readStream, SHORT_PAUSE_SECONDS } from './answer.ts';
import type { AccessTokens } from './token.ts';

export interface ApiOptions {
  /** Origin, and a path when there is one, without the version: `https://googleads.googleapis.com`. */
  adsUrl: string;
  /** `v25`. */
  apiVersion: string;
  developerToken: Secret;
  tokens: AccessTokens;
  now: Clock;
  retries: RetryPolicy;
  timeoutMs: number;
}

/** What a query needs to know about its account. */
export interface CustomerAccess extends TokenAccess {
  /** Digits. */
  customerId: string;
  /** Digits of the manager to log in through. */
  loginCustomerId?: string | undefined;
  gate?: PauseGate | undefined;
}

/** The Google Ads API. Both throw ConnectorError, or the signal's reason. */
export interface AdsApi {
  /** Every row that a GAQL query finds, or none of them. An answer larger than `maxBytes` is a GoogleError `askForLess`. */
  search(access: CustomerAccess, query: string, maxBytes?: number): Promise<unknown[]>;
  /** Digits of every customer the token reaches by itself, managers and accounts. */
  accessibleCustomers(access: TokenAccess): Promise<string[]>;
}

type Read<T> = (answer: HttpAnswer, facts: CallFacts) => T;

interface Call {
  method: 'GET' | 'POST';
  /** After the version. */
  path: string;
  body?: string;
  maxBytes?: number | undefined;
  access: TokenAccess & Partial<CustomerAccess>;
}

const MAX_BYTES = 64 * 1024 * 1024;
const accessible = z.object({ resourceNames: z.array(z.string()).nullish() });

/** Google Ads over REST, at one address and version. Tokens travel in headers only. */
export function createApi(options: ApiOptions): AdsApi {
  const { retries } = options;
  const everybody: Pause = { until: null };
  const call = <T>(asked: Call, read: Read<T>): Promise<T> =>
    retrying(() => attempt(options, everybody, { ...asked, read }), {
      ...retries,
      signal: asked.access.signal,
      decide: (error) => (error instanceof GoogleError ? error.decision : 'stop'),
    });
  return {
    search: (access, query, maxBytes) => {
      const path = `customers/${access.customerId}/googleAds:searchStream`;
      const asked: Call = { method: 'POST', path, body: JSON.stringify({ query }), maxBytes, access };
      return call(asked, readStream);
    },
    accessibleCustomers: async (access) => {
      const asked: Call = { method: 'GET', path: 'customers:listAccessibleCustomers', access };
      const { resourceNames } = await call(asked, (answer, facts) => readAnswer(answer, accessible, facts));
      return (resourceNames ?? []).flatMap((name) => /^customers\/(\d{1,20})$/.exec(name)?.[1] ?? []);
    },
  };
}

/** A pause for all accounts: the developer token's. */
interface Pause {
  until: Date | null;
}

/** One call; when its access token is refused, once more with a new one. */
async function attempt<T>(options: ApiOptions, everybody: Pause, call: Call & { read: Read<T> }): Promise<T> {
  const { access } = call;
  await passGate(options, everybody, access);
  try {
    const token = await options.tokens.get(access);
    try {
      return await once(options, call, token);
    } catch (error) {
      if (!isStale(error)) throw error;
      options.tokens.forget(access.token, token);
    }
    return await once(options, call, await options.tokens.get(access));
  } catch (error) {
    await closeGate(everybody, access, error);
    throw error;
  }
}

async function once<T>(options: ApiOptions, call: Call & { read: Read<T> }, token: Secret): Promise<T> {
  const answer = await exchange(options, call, token);
  const secrets = [token, call.access.token, options.developerToken].map((secret) => secret.reveal());
  return call.read(answer, { now: options.now(), secrets });
}

function isStale(error: unknown): boolean {
  return error instanceof ConnectorError && error.concerns === 'CREDENTIAL' && error.status === 401;
}

/** Short pauses are sat out here, because calls that run side by side meet them too. */
async function passGate(options: ApiOptions, everybody: Pause, access: Call['access']): Promise<void> {
  const now = options.now();
  const pauses = [access.gate?.closedUntil() ?? null, everybody.until].filter((until) => until !== null);
  const until = new Date(Math.max(now.getTime(), ...pauses.map((pause) => pause.getTime())));
  const ms = until.getTime() - now.getTime();
  if (ms > SHORT_PAUSE_SECONDS * 1000) {
    const say = 'Google has asked for a pause that is not over.';
    throw new ConnectorError(say, { failure: 'WAIT', retryAt: until });
  }
  if (ms > 0) await wait(ms, undefined, access.signal ? { signal: access.signal } : {});
}

/** What passes in seconds without an announcement is tried in place and not remembered. */
async function closeGate(everybody: Pause, access: Call['access'], error: unknown): Promise<void> {
  if (!(error instanceof GoogleError) || error.retryAt === undefined || error.decision === 'retry') return;
  if (error.isForAll) everybody.until = error.retryAt;
  await access.gate?.close(error.retryAt, error.message);
}

async function exchange(options: ApiOptions, call: Call, token: Secret): Promise<HttpAnswer> {
  const { loginCustomerId, signal } = call.access;
  try {
    return await send({
      method: call.method,
      url: `${options.adsUrl.replace(/\/+$/, '')}/${options.apiVersion}/${call.path}`,
      headers: {
        authorization: `Bearer ${token.reveal()}`,
        'developer-token': options.developerToken.reveal(),
        'content-type': 'application/json',
        accept: 'application/json',
        ...(loginCustomerId === undefined ? {} : { 'login-customer-id': loginCustomerId }),
      },
      ...(call.body === undefined ? {} : { body: call.body }),
      timeoutMs: options.timeoutMs,
      maxBytes: call.maxBytes ?? MAX_BYTES,
      ...(signal ? { signal } : {}),
    });
  } catch (error) {
    throw error instanceof HttpError ? noAnswer(error) : error;
  }
}

function noAnswer(error: HttpError): GoogleError {
  const message = `Google: ${error.message}`;
  if (error.kind === 'INVALID')
    return new GoogleError(message, { failure: 'FIX', cause: error }, { decision: 'stop' });
  if (error.kind === 'TOO_LARGE')
    return new GoogleError(message, { failure: 'FIX', cause: error }, { decision: 'stop', askForLess: true });
  return new GoogleError(message, { failure: 'RETRY', cause: error }, { decision: 'retry' });
}
