import { monotonicMs } from './clock.ts';
import { platformCalls, platformCallSeconds } from './meters.ts';
import { tracedCall } from './telemetry.ts';

/** Host and port → the platform that is called there. */
const callees = new Map<string, string>();

/** Says which platform listens at an address, so that calls to it are counted under its name. */
export function nameCallee(url: string, platform: string): void {
  if (URL.canParse(url)) callees.set(new URL(url).host, platform);
}

/** What a call may say of itself: no path, because it holds accounts' ids, and no query, because it holds secrets. */
interface Call {
  method: string;
  url: string;
}

/** Does one call to the outside, counts it and puts it into a span. */
export function counted<T extends { status: number }>(
  { method, url }: Call,
  work: () => Promise<T>,
): Promise<T> {
  const address = URL.canParse(url) ? new URL(url) : null;
  const platform = callees.get(address?.host ?? '') ?? 'other';
  const attributes = {
    'http.request.method': method,
    'server.address': address?.hostname ?? '',
    'server.port': portOf(address),
    'tributary.platform': platform,
  };
  const start = monotonicMs();
  const count = (outcome: string) => {
    platformCalls.inc({ platform, outcome });
    platformCallSeconds.observe({ platform }, (monotonicMs() - start) / 1000);
  };
  return tracedCall(method, attributes, async (step) => {
    try {
      const answer = await work();
      step.tell({ 'http.response.status_code': answer.status });
      count(outcomeOf(answer.status));
      return answer;
    } catch (error) {
      count(failureOf(error));
      throw error;
    }
  });
}

function portOf(address: URL | null): number {
  if (address === null) return 0;
  return Number(address.port || (address.protocol === 'https:' ? 443 : 80));
}

function outcomeOf(status: number): string {
  if (status === 429) return 'throttled';
  if (status < 400) return status < 300 ? 'ok' : 'redirect';
  return status < 500 ? 'client_error' : 'server_error';
}

/** The kind of an HttpError in small letters: `timeout`, `lost` …; anything else is a call that was given up. */
function failureOf(error: unknown): string {
  const kind: unknown = error instanceof Error && 'kind' in error ? error.kind : null;
  return typeof kind === 'string' ? kind.toLowerCase() : 'given_up';
}
