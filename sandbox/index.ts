import { createFaults, type Faults } from './faults/faults.ts';
import { createGoogleFaults, type GoogleFaults } from './google/faults.ts';
import { createGoogleLedger, type GoogleLedger } from './google/ledger.ts';
import type { OAuthDesk } from './google/oauth.ts';
import { startGoogleServer } from './google/server.ts';
import type { GoogleLevel } from './google/world/collect.ts';
import type { GoogleFactRow } from './google/world/facts.ts';
import type { GoogleAccountSpec } from './google/world/specified.ts';
import { createGoogleWorld, type GoogleWorld } from './google/world/world.ts';
import type { SandboxClock } from './meta/control.ts';
import { createLedger, type Ledger } from './meta/ledger.ts';
import { startMetaServer } from './meta/server.ts';
import type { FactRow } from './world/facts.ts';
import type { Recording } from './world/recorded.ts';
import type { Level } from './world/rollUp.ts';
import type { AccountSpec } from './world/specified.ts';
import { createWorld, frameOf, type DemoClient } from './world/world.ts';

export interface SandboxOptions {
  /** What the sandbox thinks the time is; default the real clock. */
  now?: () => Date;
  /** Default 1. The same seed is the same world. */
  seed?: number;
  /** Default 0 = a free port. */
  metaPort?: number;
  /** A recorded CSV served as account `act_1000000001`, its days moved into `month` (YYYY-MM), day of month kept. */
  recorded?: Recording;
  /** Additional generated accounts, for tests and benches. */
  accounts?: AccountSpec[];
  /** Additional Google customers. */
  googleAccounts?: GoogleAccountSpec[];
}

/** What tests may look at and meddle with. */
export interface MetaControl {
  ledger: Ledger;
  faults: Faults;
  /** What the platform would report for a day at a moment (default: the sandbox's now), without asking over HTTP. */
  truth(what: { externalId: string; level: Level; day: string; askedAt?: Date }): FactRow[];
  /** Moves the sandbox's clock, for all platforms; null = back to the one it was started with. */
  setNow(now: Date | null): void;
}

/** As `MetaControl`, and the authorisations that were given. */
export interface GoogleControl extends Pick<OAuthDesk, 'revokeAll' | 'revoke' | 'expireAll'> {
  ledger: GoogleLedger;
  faults: GoogleFaults;
  truth(what: { customerId: string; level: GoogleLevel; day: string; askedAt?: Date }): GoogleFactRow[];
  /** The same clock as Meta's. */
  setNow(now: Date | null): void;
}

export interface Sandbox {
  /** Base URLs without a trailing slash. */
  urls: { meta: string; google: string; crm: string | null };
  demoClients: DemoClient[];
  meta: MetaControl;
  google: GoogleControl;
  /** Ends every connection, also those that hang. */
  close(): Promise<void>;
}

/**
 * Starts the pretended outside world on 127.0.0.1.
 * Rejects with one clear error when the recording cannot be read or the port is taken.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const { seed = 1, metaPort = 0, recorded, accounts = [], googleAccounts = [] } = options;
  const clock = createClock(options.now ?? (() => new Date()));
  const recording = recorded === undefined ? {} : { recorded };
  const start = { seed, startedAt: clock.now() };
  const world = createWorld({ ...start, accounts, ...recording });
  const googleWorld = createGoogleWorld(frameOf(start), googleAccounts);
  const ledger = createLedger(world.accounts);
  const faults = createFaults(seed);
  const tokens = new Set(accounts.flatMap(({ token }) => (token === undefined ? [] : [token])));
  const server = await startMetaServer({ world, clock, ledger, faults, tokens, port: metaPort });
  const truth: MetaControl['truth'] = ({ externalId, level, day, askedAt = clock.now() }) =>
    world.insights(externalId, level, { day, askedAt });
  const setNow = (now: Date | null): void => clock.set(now);
  const google = await startGoogle({ clock, seed, demoClients: world.demoClients }, googleWorld);
  return {
    urls: { meta: server.url, google: google.url, crm: null },
    demoClients: world.demoClients,
    meta: { ledger, faults, truth, setNow },
    google: { ...google.control, setNow },
    close: async () => {
      await Promise.all([server.close(), google.close()]);
    },
  };
}

interface GoogleStart {
  clock: SandboxClock;
  seed: number;
  demoClients: readonly DemoClient[];
}

async function startGoogle(
  { clock, seed, demoClients }: GoogleStart,
  world: GoogleWorld,
): Promise<{ url: string; control: Omit<GoogleControl, 'setNow'>; close(): Promise<void> }> {
  const ledger = createGoogleLedger(world.customers);
  const faults = createGoogleFaults(seed);
  const server = await startGoogleServer({ world, clock, ledger, faults, demoClients });
  const truth: GoogleControl['truth'] = (what) => world.rows({ askedAt: clock.now(), ...what });
  return {
    url: server.url,
    control: { ...server.oauth, ledger, faults, truth },
    close: () => server.close(),
  };
}

function createClock(started: () => Date): SandboxClock {
  let told: Date | null = null;
  return {
    now: () => told ?? started(),
    set(now) {
      told = now;
    },
  };
}
