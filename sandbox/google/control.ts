import { Hono } from 'hono';
import type { SandboxClock } from '../meta/control.ts';
import { isDay } from '../world/days.ts';
import type { DemoClient } from '../world/world.ts';
import type { GoogleFaultBook } from './faults.ts';
import type { GoogleLedgerBook } from './ledger.ts';
import type { OAuthDesk } from './oauth.ts';
import { readGoogleFault } from './readFault.ts';
import { GOOGLE_LEVELS, type GoogleLevel } from './world/collect.ts';
import type { GoogleWorld } from './world/world.ts';

export interface GoogleControlParts {
  world: GoogleWorld;
  clock: SandboxClock;
  ledger: GoogleLedgerBook;
  faults: GoogleFaultBook;
  oauth: OAuthDesk;
  demoClients: readonly DemoClient[];
}

/**
 * The sandbox's own routes, for processes that did not start it: `faults` (POST one, GET, DELETE all),
 * `ledger[?customer=&level=&day=]` (GET, DELETE), `now` (GET, POST `{"now": "…"|null}`: one clock for all platforms),
 * `truth?customer=&level=&day=[&askedAt=]`, `clients`, `revoke` and `expire` (POST: every authorisation, every access
 * token that was given). Wrong input answers 400 `{"error": "…"}`.
 */
export function googleControlRoutes(parts: GoogleControlParts): Hono {
  const { clock, oauth, demoClients } = parts;
  const app = new Hono();
  app.onError((error, c) => c.json({ error: error.message }, 400));
  addFaultRoutes(app, parts);
  addLedgerRoutes(app, parts);
  app.get('/now', (c) => c.json({ now: clock.now().toISOString() }));
  app.post('/now', async (c) => {
    const { now } = await c.req.json<{ now: string | null }>();
    clock.set(now === null ? null : readMoment(now));
    return c.json({ now: clock.now().toISOString() });
  });
  app.get('/clients', (c) => c.json(demoClients));
  app.post('/revoke', (c) => {
    oauth.revokeAll();
    return c.json({ revoked: true });
  });
  app.post('/expire', (c) => {
    oauth.expireAll();
    return c.json({ expired: true });
  });
  app.all('*', (c) => c.json({ error: 'no such route' }, 404));
  return app;
}

function addFaultRoutes(app: Hono, { faults }: GoogleControlParts): void {
  app.get('/faults', (c) => c.json(faults.list()));
  app.post('/faults', async (c) => {
    faults.add(readGoogleFault(await c.req.json()));
    return c.json({ faults: faults.list().length }, 201);
  });
  app.delete('/faults', (c) => {
    faults.clear();
    return c.json({ faults: 0 });
  });
}

function addLedgerRoutes(app: Hono, { ledger, world, clock }: GoogleControlParts): void {
  app.get('/ledger', (c) => {
    const { customer, level, day } = c.req.query();
    if (customer === undefined) return c.json({ requests: ledger.requests() });
    const what = { customerId: customer, level: readLevel(level), date: readDay(day) };
    return c.json({ rows: ledger.rows(what), spend: ledger.spend(customer, what.date) });
  });
  app.delete('/ledger', (c) => {
    ledger.clear();
    return c.json({ requests: [] });
  });
  app.get('/truth', (c) => {
    const { customer = '', level, day, askedAt: asked } = c.req.query();
    const askedAt = asked === undefined ? clock.now() : readMoment(asked);
    return c.json(world.rows({ customerId: customer, level: readLevel(level), day: readDay(day), askedAt }));
  });
}

function readMoment(text: unknown): Date {
  const moment = new Date(typeof text === 'string' ? text : NaN);
  if (Number.isNaN(moment.getTime())) throw new Error('not a moment in time (ISO 8601)');
  return moment;
}

function readLevel(text: string | undefined): GoogleLevel {
  const level = GOOGLE_LEVELS.find((name) => name === (text ?? 'campaign'));
  if (level === undefined) throw new Error(`level is one of ${GOOGLE_LEVELS.join(', ')}`);
  return level;
}

function readDay(text: string | undefined): string {
  if (!isDay(text)) throw new Error('day must be YYYY-MM-DD');
  return text;
}
