import type { Attributes } from '@opentelemetry/api';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

/*
 * Spans for whoever brings an OpenTelemetry SDK (`node --import`); without one everything here does nothing. Names and
 * attributes hold no secret, no personal data and no value of a statement: only ids, counts and names from this code.
 */
const tracer = trace.getTracer('tributary');

export interface Step {
  /** Adds what is known only later. */
  tell(attributes: Attributes): void;
  /** Once. With an error the span is marked as failed; of the error only its kind is told. */
  end(error?: unknown): void;
}

/** A step that the caller ends: for callbacks. `toOutside`: somebody else does the work meanwhile. */
export function beginStep(name: string, attributes: Attributes, toOutside = false): Step {
  return stepOf(tracer.startSpan(name, { attributes, kind: kindOf(toOutside) }));
}

/** Does `work` inside a step of this name; what it begins stands below it. Rejects with what the work rejects with. */
export async function traced<T>(
  name: string,
  attributes: Attributes,
  work: (step: Pick<Step, 'tell'>) => Promise<T>,
  toOutside = false,
): Promise<T> {
  const span = tracer.startSpan(name, { attributes, kind: kindOf(toOutside) });
  const step = stepOf(span);
  try {
    const result = await context.with(trace.setSpan(context.active(), span), () => work(step));
    step.end();
    return result;
  } catch (error) {
    step.end(error);
    throw error;
  }
}

/** The same callback, which goes on below the step that is open now, whoever calls it. */
export function staying<Given extends unknown[], Result>(
  callback: (...given: Given) => Result,
): (...given: Given) => Result {
  return context.bind(context.active(), callback);
}

function kindOf(toOutside: boolean): SpanKind {
  return toOutside ? SpanKind.CLIENT : SpanKind.INTERNAL;
}

function stepOf(span: ReturnType<typeof tracer.startSpan>): Step {
  return {
    tell: (attributes) => void span.setAttributes(attributes),
    end: (error) => {
      if (error !== undefined) {
        span.setAttribute('error.type', errorType(error));
        span.setStatus({ code: SpanStatusCode.ERROR });
      }
      span.end();
    },
  };
}

/** A code such as `ECONNRESET` or `23505`, or the error's class: never its words, which may quote values. */
export function errorType(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const code: unknown = 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^\w{1,40}$/.test(code) ? code : error.name;
}
