import type { Attributes, Span } from '@opentelemetry/api';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/*
 * Spans for whoever brings an OpenTelemetry SDK (`node --import`); without one everything here does nothing. Names and
 * attributes hold no secret, no personal data and no value of a statement: only ids, counts and names from this code.
 */
const tracer = trace.getTracer('tributary');

export interface Step {
  /** Adds what is known only later. */
  tell(attributes: Attributes): void;
  /** Marks it as failed; of the error only its kind is told. */
  fail(error: unknown): void;
  /** Once. */
  end(): void;
}

type Work<T> = (step: Omit<Step, 'end'>) => Promise<T>;

/** Does `work` inside a step of this name; what it begins stands below it. Rejects with what the work rejects with. */
export function traced<T>(name: string, attributes: Attributes, work: Work<T>): Promise<T> {
  return inside(tracer.startSpan(name, { attributes, kind: SpanKind.INTERNAL }), work);
}

/** The same for what somebody else does for us: a call to the outside. */
export function tracedCall<T>(name: string, attributes: Attributes, work: Work<T>): Promise<T> {
  return inside(tracer.startSpan(name, { attributes, kind: SpanKind.CLIENT }), work);
}

/** A call to the outside that the caller ends: for callbacks. */
export function beginCall(name: string, attributes: Attributes): Step {
  return stepOf(tracer.startSpan(name, { attributes, kind: SpanKind.CLIENT }));
}

async function inside<T>(span: Span, work: Work<T>): Promise<T> {
  const step = stepOf(span);
  try {
    return await context.with(trace.setSpan(context.active(), span), () => work(step));
  } catch (error) {
    step.fail(error);
    throw error;
  } finally {
    step.end();
  }
}

/** The same callback, which goes on below the step that is open now, whoever calls it. */
export function staying<Given extends unknown[], Result>(
  callback: (...given: Given) => Result,
): (...given: Given) => Result {
  return context.bind(context.active(), callback);
}

function stepOf(span: Span): Step {
  return {
    tell: (attributes) => void span.setAttributes(attributes),
    fail: (error) => {
      span.setAttribute('error.type', errorType(error));
      span.setStatus({ code: SpanStatusCode.ERROR });
    },
    end: () => span.end(),
  };
}

/** A code such as `ECONNRESET` or `23505`, or the error's class: never its words, which may quote values. */
function errorType(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code: unknown = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^\w{1,40}$/.test(code) ? code : error.name;
}
