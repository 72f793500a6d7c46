import { createHmac } from 'node:crypto';
import type { z } from 'zod';
import type { Clock } from '../../../lib/clock.ts';
import type { HttpAnswer } from '../../../lib/http.ts';
import { HttpError, send } from '../../../lib/http.ts';
import type { RetryPolicy } from '../../../lib/retry.ts';
import { retrying } from '../../../lib/retry.ts';
import type { Secret } from '../../../lib/secret.ts';
import type { PauseGate } from '../contract.ts';
import { GraphError, readAnswer } from './answer.ts';
import { heed, requireOpen } from './gate.ts';

export interface GraphOptions {
  /** Origin, and a path when there is one, without the version: `https://graph.facebook.com`. */
  graphUrl: string;
  /** `v26.0`. */
  apiVersion: string;
  /** When set, every call proves that it knows it. */
  appSecret?: Secret | undefined;
  now: Clock;
  retries: RetryPolicy;
  timeoutMs: number;
}

export interface GraphCall {
  /** GET when left out. Only questions are posted: asking twice does no harm. */
  method?: 'POST';
  /** After the version: `act_1/insights`. */
  path: string;
  params?: Readonly<Record<string, string>>;
  /** Rows a page; halved for the next try when Meta cannot serve as many. */
  limit?: number;
  token: Secret;
  /** Digits without `act_`; empty when the call is about no account. */
  accountId: string;
  /** Asked before every try, and told of every pause that an answer announces. */
  gate?: PauseGate | undefined;
  signal?: AbortSignal | undefined;
}

export interface GraphAnswer<T> {
  value: T;
  /** The limit that worked; undefined when none was asked. */
  limit: number | undefined;
}

/** One call to the Graph API with its retries. Throws ConnectorError, or the signal's reason. */
export type Graph = <T>(call: GraphCall, schema: z.ZodType<T>) => Promise<GraphAnswer<T>>;

/** The Graph API at one address and version. The token travels in the Authorization header only. */
export function createGraph(options: GraphOptions): Graph {
  return (call, schema) => {
    let limit = call.limit;
    const attempt = async (): Promise<{ value: z.infer<typeof schema>; limit: number | undefined }> => {
      try {
        return { value: await callOnce(options, withLimit(call, limit), schema), limit };
      } catch (error) {
        if (error instanceof GraphError && error.askForLess && limit !== undefined) limit = halved(limit);
        throw error;
      }
    };
    return retrying(attempt, {
      ...options.retries,
      signal: call.signal,
      decide: (error) => (error instanceof GraphError ? error.decision : 'stop'),
    });
  };
}

/**
 * Hex HMAC-SHA256 of the token under the app secret: "Securing Graph API Requests", appsecret_proof.
 */
export function appSecretProof(appSecret: Secret, token: Secret): string {
  return createHmac('sha256', appSecret.reveal()).update(token.reveal()).digest('hex');
}

function halved(limit: number): number {
  return Math.max(1, Math.floor(limit / 2));
}

function withLimit(call: GraphCall, limit: number | undefined): GraphCall {
  return limit === undefined ? call : { ...call, params: { ...call.params, limit: String(limit) } };
}

async function callOnce<T>(options: GraphOptions, call: GraphCall, schema: z.ZodType<T>): Promise<T> {
  requireOpen(call.gate, options.now());
  const proof = options.appSecret && appSecretProof(options.appSecret, call.token);
  const answer = await exchange(options, call, proof);
  const secrets = [call.token.reveal(), options.appSecret?.reveal() ?? '', proof ?? ''];
  const facts = { accountId: call.accountId, now: options.now(), secrets };
  let error: unknown;
  try {
    return readAnswer(answer, schema, facts);
  } catch (thrown) {
    error = thrown;
    throw thrown;
  } finally {
    await heed(call.gate, { ...facts, headers: answer.headers, error });
  }
}

async function exchange(
  options: GraphOptions,
  call: GraphCall,
  proof: string | undefined,
): Promise<HttpAnswer> {
  const params = { ...call.params, ...(proof === undefined ? {} : { appsecret_proof: proof }) };
  try {
    return await send({
      ...(call.method === 'POST' ? posted(params) : { method: 'GET', query: params }),
      url: `${options.graphUrl.replace(/\/+$/, '')}/${options.apiVersion}/${call.path}`,
      headers: {
        authorization: `Bearer ${call.token.reveal()}`,
        accept: 'application/json',
        ...(call.method === 'POST' ? FORM : {}),
      },
      timeoutMs: options.timeoutMs,
      ...(call.signal ? { signal: call.signal } : {}),
    });
  } catch (error) {
    throw error instanceof HttpError ? noAnswer(error) : error;
  }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

function posted(params: Record<string, string>): { method: 'POST'; body: string } {
  return { method: 'POST', body: new URLSearchParams(params).toString() };
}

function noAnswer(error: HttpError): GraphError {
  const message = `Meta: ${error.message}`;
  if (error.kind === 'INVALID')
    return new GraphError(message, { failure: 'FIX', cause: error }, { decision: 'stop' });
  const askForLess = error.kind === 'TOO_LARGE';
  const symptom = askForLess ? 'TOO_MUCH' : undefined;
  return new GraphError(
    message,
    { failure: 'RETRY', cause: error },
    { decision: 'retry', askForLess, symptom },
  );
}
