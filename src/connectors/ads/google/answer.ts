import { z } from 'zod';
import type { HttpAnswer } from '../../../lib/http.ts';
import { redactText } from '../../../lib/redact.ts';
import type { RetryDecision } from '../../../lib/retry.ts';
import { storable } from '../../../lib/text.ts';
import type { ConnectorErrorDetails } from '../../errors.ts';
import { ConnectorError } from '../../errors.ts';
import type { Verdict } from './errors.ts';
import { judge } from './errors.ts';
import { durationSeconds, retryAfterSeconds } from './pause.ts';

/** Announced pauses up to this long are sat out; longer ones are the caller's. */
export const SHORT_PAUSE_SECONDS = 10;

export interface Reaction {
  decision: RetryDecision;
  /** Fewer days at once help. */
  askForLess?: boolean;
  /** An announced pause is for everybody who uses this developer token. */
  isForAll?: boolean;
}

/** A refused call, with what its own retries do about it. */
export class GoogleError extends ConnectorError {
  readonly decision: RetryDecision;
  readonly askForLess: boolean;
  readonly isForAll: boolean;

  constructor(message: string, details: ConnectorErrorDetails, reaction: Reaction) {
    super(message, details);
    this.decision = reaction.decision;
    this.askForLess = reaction.askForLess ?? false;
    this.isForAll = reaction.isForAll ?? false;
  }
}

/** What reading an answer needs to know about its call. */
export interface CallFacts {
  now: Date;
  /** Texts that must not appear in a message. */
  secrets: readonly string[];
}

const text = z.string().max(200).nullish().catch(null);
const detail = z.object({
  /** google.rpc.ErrorInfo. */
  reason: text,
  /** google.rpc.RetryInfo. */
  retryDelay: text,
  /** GoogleAdsFailure. */
  errors: z
    .array(
      z.object({
        errorCode: z.record(z.string(), z.unknown()).catch({}),
        message: z.string().catch(''),
        details: z
          .object({
            quotaErrorDetails: z.object({ rateScope: text, retryDelay: text }).nullish().catch(null),
          })
          .nullish()
          .catch(null),
      }),
    )
    .catch([]),
});
const vendorError = z.object({
  error: z.object({
    message: z.string().catch(''),
    status: z.string().max(60).nullish().catch(null),
    details: z.array(detail.catch({ errors: [] })).catch([]),
  }),
});
type VendorError = z.infer<typeof vendorError>['error'];

const chunk = z.object({ results: z.array(z.unknown()).nullish() });

/**
 * The value of a plain answer, or a GoogleError. An answer that is no JSON, cut off or of another shape is a passing
 * fault of the way there (RETRY): nothing of it is used.
 */
export function readAnswer<T>(answer: HttpAnswer, schema: z.ZodType<T>, facts: CallFacts): T {
  const json = parseJson(answer.text);
  const refused = firstRefusal(json);
  if (refused) throw refusal(refused, answer, facts);
  if (answer.status >= 200 && answer.status <= 299) {
    const read = schema.safeParse(json);
    if (read.success) return read.data;
  }
  throw unreadable(answer, facts);
}

/**
 * The rows of searchStream, in one list: the answer is an array of chunks, of which one may be an error or have no
 * rows, and an empty array when nothing was found.
 */
export function readStream(answer: HttpAnswer, facts: CallFacts): unknown[] {
  const chunks = readAnswer(answer, z.array(chunk), facts);
  return chunks.length === 1 ? (chunks[0]?.results ?? []) : chunks.flatMap(({ results }) => results ?? []);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** Errors come as an object or within the array of chunks, also after chunks with rows. */
function firstRefusal(json: unknown): VendorError | null {
  for (const part of Array.isArray(json) ? json : [json]) {
    const read = vendorError.safeParse(part);
    if (read.success) return read.data.error;
  }
  return null;
}

/** What decided, and what it came with. */
interface Refused {
  code: string | null;
  answer: HttpAnswer;
  /** Announced; 0 = nothing was. */
  seconds: number;
  isForAll: boolean;
  now: Date;
  /** Google's own words, without secrets. */
  theirs: string;
}

function refusal(error: VendorError, answer: HttpAnswer, facts: CallFacts): GoogleError {
  const failure = error.details.flatMap(({ errors }) => errors)[0];
  const quota = error.details
    .flatMap(({ errors }) => errors)
    .flatMap(({ details: found }) => found?.quotaErrorDetails ?? []);
  const delays = [...quota, ...error.details].map(({ retryDelay }) => durationSeconds(retryDelay));
  const reason = error.details.map((found) => found.reason).find((found) => typeof found === 'string');
  return react({
    code: codeOf(failure?.errorCode) ?? known(reason) ?? known(error.status),
    answer,
    seconds: Math.max(0, retryAfterSeconds(answer.headers, facts.now), ...delays),
    isForAll: quota.some(({ rateScope }) => rateScope === 'DEVELOPER'),
    now: facts.now,
    theirs: readable(failure?.message ?? error.message, facts.secrets),
  });
}

/** HTML and the like: only the status tells something. */
function unreadable(answer: HttpAnswer, { now }: CallFacts): GoogleError {
  const isAnswer = answer.status >= 200 && answer.status <= 299;
  const seconds = retryAfterSeconds(answer.headers, now);
  const refused = { code: null, answer, seconds, isForAll: false, now, theirs: '' };
  if (!isAnswer) return react(refused);
  return passing({ failure: 'RETRY', say: 'Google sent an answer that cannot be read.' }, refused);
}

/** `quotaError.RESOURCE_EXHAUSTED`. */
function codeOf(errorCode: Record<string, unknown> | undefined): string | null {
  const [category, name] = Object.entries(errorCode ?? {})[0] ?? [];
  return typeof name === 'string' ? known(`${category ?? ''}.${name}`) : null;
}

function known(code: string | null | undefined): string | null {
  return code && /^[\w.]{1,120}$/.test(code) ? code : null;
}

function react(refused: Refused): GoogleError {
  const verdict = judge({ code: refused.code, status: refused.answer.status });
  if (verdict.failure === 'WAIT') return waiting(verdict, refused);
  if (verdict.failure === 'RETRY') return passing(verdict, refused);
  const { theirs } = refused;
  const message =
    verdict.failure === 'FIX' && theirs !== '' ? `${verdict.say} Google: ${theirs}` : verdict.say;
  return new GoogleError(message, details(verdict, refused), { decision: 'stop' });
}

function passing(verdict: Verdict, refused: Refused): GoogleError {
  const { seconds } = refused;
  if (seconds > SHORT_PAUSE_SECONDS) return waiting({ ...verdict, failure: 'WAIT' }, refused);
  const decision: RetryDecision = seconds > 0 ? { afterMs: seconds * 1000 } : 'retry';
  const askForLess = verdict.askForLess ?? false;
  return new GoogleError(verdict.say, details(verdict, refused), { decision, askForLess });
}

function waiting(verdict: Verdict, refused: Refused): GoogleError {
  const { seconds: announced, now, isForAll } = refused;
  const seconds = announced > 0 ? announced : (verdict.waitSeconds ?? 0);
  const retryAt = new Date(now.getTime() + seconds * 1000);
  const isShort = announced > 0 && announced <= SHORT_PAUSE_SECONDS;
  const inPlace: RetryDecision = isShort ? { afterMs: announced * 1000 } : 'retry';
  const decision = isShort || (announced === 0 && verdict.isBrief) ? inPlace : 'stop';
  return new GoogleError(verdict.say, { ...details(verdict, refused), retryAt }, { decision, isForAll });
}

function details({ failure, concerns }: Verdict, { answer, code }: Refused): ConnectorErrorDetails {
  return {
    failure,
    status: answer.status,
    ...(concerns ? { concerns } : {}),
    ...(code === null ? {} : { vendorCode: code }),
  };
}

const LONGEST_WORDS = 300;

/** Fit for people and logs: nothing that is or looks like a token, an address with parameters or an e-mail address. */
function readable(theirs: string, secrets: readonly string[]): string {
  let known = storable(theirs).replace(/\p{Cc}+/gu, ' ');
  for (const secret of secrets) known = known.replaceAll(secret, '[removed]');
  const plain = redactText(known);
  return storable(
    plain
      .replace(/(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[\w-]{22,}/g, '[removed]')
      .trim()
      .slice(0, LONGEST_WORDS),
  );
}
