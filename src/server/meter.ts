import type { ExecutionResult, GraphQLFormattedError } from 'graphql';
import { ERROR_CODES } from '../errors.ts';
import { monotonicMs } from '../lib/clock.ts';
import { operations, operationSeconds } from '../lib/meters.ts';
import { traced } from '../lib/telemetry.ts';
import type { Admit } from './admit.ts';
import { LiveStream } from './liveStream.ts';
import type { Perform } from './perform.ts';

/** Counts what is turned away; its kind is not known, because it may be no operation at all. */
export function countingRefusals(admit: Admit): Admit {
  return async (params, transport) => {
    const admission = await admit(params, transport);
    if (admission.errors) operations.inc({ type: 'refused', outcome: outcomeOf(admission) });
    return admission;
  };
}

/** Counts and times what is performed; of a subscription: its opening. */
export function counting(perform: Perform): Perform {
  return (admitted) => {
    const type = admitted.operation.operation;
    return traced(`graphql ${type}`, { 'graphql.operation.type': type }, async (step) => {
      const start = monotonicMs();
      const answer = await perform(admitted);
      const outcome = answer instanceof LiveStream ? 'OK' : outcomeOf(answer);
      step.tell({ 'tributary.outcome': outcome });
      operations.inc({ type, outcome });
      operationSeconds.observe({ type }, (monotonicMs() - start) / 1000);
      return answer;
    });
  };
}

const KNOWN: ReadonlySet<unknown> = new Set(ERROR_CODES);

/** OK, or the code of the first error. */
function outcomeOf({ errors }: { errors?: readonly GraphQLFormattedError[] } | ExecutionResult): string {
  const [first] = errors ?? [];
  if (!first) return 'OK';
  const code = first.extensions?.['code'];
  return typeof code === 'string' && KNOWN.has(code) ? code : 'OTHER';
}
