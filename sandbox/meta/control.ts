import { Hono } from 'hono';
import { isDay } from '../world/days.ts';
import { LEVELS, type Level } from '../world/rollUp.ts';
import type { World } from '../world/world.ts';
import type { FaultBook } from '../faults/faults.ts';
import { addFault } from '../faults/readFault.ts';
import type { LedgerBook } from './ledger.ts';

/** What the sandbox thinks the time is; it can be told. */
export interface SandboxClock {
  now(): Date;
  /** Null = back to the clock it was started with. */
  set(now: Date | null): void;
}

interface ControlParts {
  world: World;
  clock: SandboxClock;
  ledger: LedgerBook;
  faults: FaultBook;
}

/**
 * The sandbox's own routes, for processes that did not start it: `faults` (POST one, GET, DELETE all),
 * `ledger` (GET, DELETE), `now` (GET, POST `{"now": "…"|null}`), `truth?account=&level=&day=[&askedAt=]`,
 * `clients`. Wrong input answers 400 `{"error": "…"}`.
 */
export function controlRoutes(parts: ControlParts): Hono {
  const app = new Hono();
  app.onError((error, c) => c.json({ error: error.message }, 400));
  addFaultRoutes(app, parts);
  addLedgerRoutes(app, parts);
  app.get('/now', (c) => c.json({ now: parts.clock.now().toISOString() }));
  app.post('/now', async (c) => {
    const { now } = await c.req.json<{ now: string | null }>();
    parts.clock.set(now === null ? null : readMoment(now));
    return c.json({ now: parts.clock.now().toISOString() });
  });
  app.get('/clients', (c) => c.json(parts.world.demoClients));
  app.all('*', (c) => c.json({ error: 'no such route' }, 404));
  return app;
}

function addFaultRoutes(app: Hono, { faults }: ControlParts): void {
  app.get('/faults', (c) => c.json(faults.list()));
  app.post('/faults', async (c) => {
    addFault(faults, await c.req.json());
    return c.json({ faults: faults.list().length }, 201);
  });
  app.delete('/faults', (c) => {
    faults.clear();
    return c.json({ faults: 0 });
  });
}

function addLedgerRoutes(app: Hono, { ledger, world, clock }: ControlParts): void {
  app.get('/ledger', (c) => {
    const { account, level, day } = c.req.query();
    if (account === undefined) return c.json({ requests: ledger.requests() });
    const what = { externalId: account, level: readLevel(level), date: readDay(day) };
    return c.json({ rows: ledger.rows(what), spend: ledger.spend(account, what.date) });
  });
  app.delete('/ledger', (c) => {
    ledger.clear();
    return c.json({ requests: [] });
  });
  app.get('/truth', (c) => {
    const { account = '', level, day, askedAt } = c.req.query();
    const asked = askedAt === undefined ? clock.now() : readMoment(askedAt);
    return c.json(world.insights(account, readLevel(level), { day: readDay(day), askedAt: asked }));
  });
}

function readMoment(text: unknown): Date {
  const moment = new Date(typeof text === 'string' ? text : NaN);
  if (Number.isNaN(moment.getTime())) throw new Error('not a moment in time (ISO 8601)');
  return moment;
}

function readLevel(text: string | undefined): Level {
  const level = LEVELS.find((name) => name === (text ?? 'campaign'));
  if (level === undefined) throw new Error(`level is one of ${LEVELS.join(', ')}`);
  return level;
}

function readDay(text: string | undefined): string {
  if (!isDay(text)) throw new Error('day must be YYYY-MM-DD');
  return text;
}
