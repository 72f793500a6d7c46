import type { Hono } from 'hono';
import { Gauge, Registry } from 'prom-client';
import type { Context } from '../context.ts';
import { sameBytes, sha256 } from '../lib/crypto.ts';
import { processRegistry } from '../lib/meters.ts';
import type { Secret } from '../lib/secret.ts';
import type { OperationNumbers } from '../services/operations/read.ts';
import { createOperations } from '../services/operations/read.ts';

const BEARER = /^Bearer +(\S+)$/i;

/**
 * `GET /metrics` in Prometheus' text format, for who sends the token; without a token there is no such page. What a
 * process counts is its own; what is read from the database is the same in every process: take the maximum, not the sum.
 */
export function addMetrics(app: Hono, ctx: Context, token: Secret | null): void {
  if (token === null) return;
  const expected = sha256(token.reveal());
  const readNumbers = createOperations(ctx.db.staff);
  const installation = createGauges();
  const all = Registry.merge([processRegistry(), installation.registry]);
  app.get('/metrics', async (c) => {
    const [, given = ''] = BEARER.exec(c.req.header('authorization')?.trim() ?? '') ?? [];
    if (!sameBytes(sha256(given), expected)) {
      const errors = [
        {
          message: 'Send "Authorization: Bearer" with METRICS_TOKEN.',
          extensions: { code: 'UNAUTHENTICATED' },
        },
      ];
      return c.json({ errors }, 401, { 'www-authenticate': 'Bearer' });
    }
    installation.show(await readNumbers());
    return c.body(await all.metrics(), 200, { 'content-type': all.contentType, 'cache-control': 'no-store' });
  });
}

function createGauges() {
  const registry = new Registry();
  const gauge = <Label extends string>(name: string, help: string, labelNames: Label[] = []) =>
    new Gauge({ name: `tributary_${name}`, help, labelNames, registers: [registry] });
  const runs = gauge('runs', 'Runs of the last 24 hours, and all that are open.', ['kind', 'status']);
  const tasks = gauge('tasks', 'Tasks of those runs.', ['status']);
  const slices = gauge('slices', 'Account-days stored, by what became of their last reading.', ['status']);
  const paused = gauge('accounts_paused', 'Accounts whose platform asked for a pause.', ['platform']);
  const jobs = gauge('queue_jobs', 'Jobs of the queue.', ['state']);
  const oldest = gauge('queue_oldest_seconds', 'How long the oldest job that may begin has been waiting.');
  const workers = gauge('workers', 'Worker pools that live, in all processes.');
  const up = gauge('database_up', '1 when the database answered.');
  return {
    registry,
    show: (numbers: OperationNumbers) => {
      registry.resetMetrics();
      for (const { kind, status, count } of numbers.runs ?? []) runs.set({ kind, status }, count);
      for (const { status, count } of numbers.tasks ?? []) tasks.set({ status }, count);
      for (const { status, count } of numbers.slices ?? []) slices.set({ status }, count);
      for (const { platform, count } of numbers.paused ?? []) paused.set({ platform }, count);
      const { queue } = numbers;
      if (queue) {
        const { waiting, later, running } = queue;
        for (const [state, count] of Object.entries({ waiting, later, running })) jobs.set({ state }, count);
      }
      up.set(queue ? 1 : 0);
      showOrHide(oldest, queue && (queue.oldest_seconds ?? 0));
      showOrHide(workers, numbers.workers);
    },
  };
}

/** A number that is not known is left out: 0 would be a statement. */
function showOrHide(gauge: Gauge, value: number | null): void {
  if (value === null) gauge.remove();
  else gauge.set(value);
}
