import type {
  Attributes,
  Context as SpanContext,
  Span,
  SpanOptions,
  TracerProvider,
} from '@opentelemetry/api';
import { AsyncLocalStorage } from 'node:async_hooks';
import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';

export interface RecordedSpan {
  name: string;
  kind: SpanKind;
  attributes: Attributes;
  /** The one it was begun in. */
  parent: RecordedSpan | null;
  failed: boolean;
  ended: number;
}

export interface Spans {
  all: RecordedSpan[];
  named(name: string): RecordedSpan[];
  stop(): void;
}

/** What an operator's SDK does, as far as it can be seen from here: keeps every span, and which one is open. */
export function recordSpans(): Spans {
  const all: RecordedSpan[] = [];
  const known = new WeakMap<Span, RecordedSpan>();
  const provider: TracerProvider = {
    getTracer: () => ({
      startSpan: (name: string, options: SpanOptions = {}, within: SpanContext = context.active()) => {
        const { kind = SpanKind.INTERNAL, attributes = {} } = options;
        const above = trace.getSpan(within);
        const record: RecordedSpan = {
          name,
          kind,
          attributes: { ...attributes },
          parent: (above && known.get(above)) ?? null,
          failed: false,
          ended: 0,
        };
        const span = spanOf(record);
        known.set(span, record);
        all.push(record);
        return span;
      },
      startActiveSpan: () => {
        throw new Error('not used');
      },
    }),
  };
  const contexts = new AsyncLocalStorage<SpanContext>();
  context.setGlobalContextManager({
    active: () => contexts.getStore() ?? ROOT_CONTEXT,
    with: (within, work, self, ...given) => contexts.run(within, () => work.apply(self, given)),
    bind: (within, target) => {
      if (typeof target !== 'function') return target;
      const bound: unknown = (...given: unknown[]) =>
        contexts.run(within, () => (target as unknown as (...each: unknown[]) => unknown)(...given));
      return bound as typeof target;
    },
    enable() {
      return this;
    },
    disable() {
      return this;
    },
  });
  trace.setGlobalTracerProvider(provider);
  return {
    all,
    named: (name) => all.filter((span) => span.name === name),
    stop: () => {
      trace.disable();
      context.disable();
    },
  };
}

function spanOf(record: RecordedSpan): Span {
  const span: Span = {
    spanContext: () => ({ traceId: '0'.repeat(31) + '1', spanId: '0'.repeat(15) + '1', traceFlags: 1 }),
    setAttribute: (name, value) => {
      record.attributes[name] = value;
      return span;
    },
    setAttributes: (attributes) => {
      Object.assign(record.attributes, attributes);
      return span;
    },
    addEvent: () => span,
    addLink: () => span,
    addLinks: () => span,
    setStatus: ({ code }) => {
      record.failed = code === SpanStatusCode.ERROR;
      return span;
    },
    updateName: () => span,
    end: () => {
      record.ended += 1;
    },
    isRecording: () => true,
    recordException: () => undefined,
  };
  return span;
}
