import { z } from 'zod';
import type { HttpAnswer } from '../../../lib/http.ts';
import type { RetryDecision } from '../../../lib/retry.ts';
import { ConnectorError } from '../../errors.ts';
import type { ConnectorErrorDetails, Failure } from '../../errors.ts';
import type { Symptom, VendorError, Verdict } from './errors.ts';
import { judge, vendorCode } from './errors.ts';
import { pauseSeconds, retryAfterSeconds } from './pause.ts';
import { scrub } from './scrub.ts';

/** Announced pauses up to this long are sat out; longer ones are the caller's. */
const SHORT_PAUSE_SECONDS = 10;

/** A refused call, with what its own retries do about it. */
export class GraphError extends ConnectorError {
  readonly decision: RetryDecision;
  readonly askForLess: boolean;
  /** Set when insights may be had by asking in another way. */
  readonly symptom: Symptom | undefined;

  constructor(message: string, details: ConnectorErrorDetails, reaction: Reaction) {
    super(message, details);
    this.decision = reaction.decision;
    this.askForLess = reaction.askForLess ?? false;
    this.symptom = reaction.symptom;
  }
}

interface Reaction {
  decision: RetryDecision;
  askForLess?: boolean;
  symptom?: Symptom | undefined;
}

/** What reading an answer needs to know about its call. */
export interface CallFacts {
  /** Digits without `act_`. */
  accountId: string;
  now: Date;
  /** Texts that must not appear in a message. */
  secrets: readonly string[];
}

const vendorError = z.object({
  error: z.object({
    code: z.number().int(),
    error_subcode: z.number().int().nullish().catch(null),
    is_transient: z.boolean().catch(false),
    message: z.string().catch(''),
  }),
});

/**
 * The answer's value, or a GraphError. An answer that is no JSON, cut off or of another shape is a passing fault of
 * the way there (RETRY): nothing of it is used.
 */
export function readAnswer<T>(answer: HttpAnswer, schema: z.ZodType<T>, facts: CallFacts): T {
  const json = parseJson(answer.text);
  const refused = vendorError.safeParse(json);
  if (refused.success) {
    const { code, error_subcode: subcode, is_transient: isTransient, message } = refused.data.error;
    throw refusal({ code, subcode: subcode ?? null, isTransient, message }, answer, facts);
  }
  if (answer.status >= 200 && answer.status <= 299) {
    const read = schema.safeParse(json);
    if (read.success) return read.data;
  }
  throw unreadable(answer, facts);
}

function parseJson(text: string): unknown {
  try {
    // A run id may be a plain number, longer than a number can be exact.
    return JSON.parse(text.replace(/("report_run_id"\s*:\s*)(\d+)/, '$1"$2"'));
  } catch {
    return undefined;
  }
}

/** What a refusal came with. */
interface Refused {
  answer: HttpAnswer;
  facts: CallFacts;
  /** Meta's own code; absent when the answer had none. */
  code?: string;
}

function refusal(error: VendorError, answer: HttpAnswer, facts: CallFacts): GraphError {
  const verdict = judge(error, answer.status);
  const from = { answer, facts, code: vendorCode(error) };
  if (verdict.failure === 'WAIT') return waiting(verdict, from);
  if (verdict.failure === 'RETRY') return passing(verdict, from);
  const theirs = scrub(error.message, facts.secrets);
  const message = verdict.failure === 'FIX' && theirs !== '' ? `${verdict.say} Meta: ${theirs}` : verdict.say;
  const known = { ...details(verdict.failure, from), concerns: verdict.concerns ?? 'ACCOUNT' };
  return new GraphError(message, known, { decision: 'stop', symptom: verdict.symptom });
}

function unreadable(answer: HttpAnswer, facts: CallFacts): GraphError {
  const say = `Meta sent an answer that cannot be read (HTTP ${answer.status}).`;
  if (answer.status !== 429) return passing({ failure: 'RETRY', say }, { answer, facts });
  return waiting({ failure: 'WAIT', say: 'Meta limits the calls.', waitSeconds: 300 }, { answer, facts });
}

function passing(verdict: Verdict, from: Refused): GraphError {
  const seconds = retryAfterSeconds(from.answer.headers, from.facts.now);
  if (seconds > SHORT_PAUSE_SECONDS) return waiting(verdict, from);
  const again: RetryDecision = seconds > 0 ? { afterMs: seconds * 1000 } : 'retry';
  const decision = verdict.notInPlace ? 'stop' : again;
  const { askForLess = false, symptom } = verdict;
  return new GraphError(verdict.say, details('RETRY', from), { decision, askForLess, symptom });
}

function waiting(verdict: Verdict, from: Refused): GraphError {
  const { now } = from.facts;
  const seconds = pauseSeconds(verdict, from.answer.headers, from.facts);
  const retryAt = new Date(now.getTime() + seconds * 1000);
  return new GraphError(verdict.say, { ...details('WAIT', from), retryAt }, { decision: 'stop' });
}

function details(failure: Failure, { answer, code }: Refused): ConnectorErrorDetails {
  const known = { failure, status: answer.status };
  return code === undefined ? known : { ...known, vendorCode: code };
}
