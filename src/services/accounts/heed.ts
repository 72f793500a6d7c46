import type { AdPlatform, PauseGate } from '../../connectors/ads/contract.ts';
import { ConnectorError } from '../../connectors/errors.ts';
import type { Clock } from '../../lib/clock.ts';
import { momentText, pauseText } from './pause.ts';

/** What hears of the troubles of one account's calls. */
export interface Heeding {
  /** Its `closedUntil` throws when the credential is dead. */
  gate: PauseGate;
  now: Clock;
  /** The platform said that the token is good for nothing any more. */
  onDeadToken: (error: ConnectorError) => Promise<void>;
}

/**
 * The same platform, whose announcements are kept whether its connector told the gate or not: pauses by the account's
 * gate, the end of a token by `onDeadToken`. Nothing is begun while the gate is closed or with a dead token.
 */
export function heeded(platform: AdPlatform, heeding: Heeding): AdPlatform {
  const once = async <T>(work: () => Promise<T>): Promise<T> => {
    refuseClosed(platform.label, heeding);
    try {
      return await work();
    } catch (error) {
      throw await heard(platform.label, heeding, error);
    }
  };
  const each = async function* <T>(work: () => AsyncIterable<T>): AsyncGenerator<T> {
    refuseClosed(platform.label, heeding);
    try {
      yield* work();
    } catch (error) {
      throw await heard(platform.label, heeding, error);
    }
  };
  return {
    ...platform,
    restatementDays: (access) => once(() => platform.restatementDays(access)),
    checkCredential: (access) => once(() => platform.checkCredential(access)),
    describeAccount: (access) => once(() => platform.describeAccount(access)),
    listAccounts: (access) => once(() => platform.listAccounts(access)),
    readStructure: (access, from) => each(() => platform.readStructure(access, from)),
    readInsights: (access, range, from) => each(() => platform.readInsights(access, range, from)),
    readAccountDays: (access, range) => once(() => platform.readAccountDays(access, range)),
    readBreakdowns: (access, asked, from) => each(() => platform.readBreakdowns(access, asked, from)),
    readReach: (access, window) => once(() => platform.readReach(access, window)),
  };
}

function refuseClosed(label: string, { gate, now }: Heeding): void {
  const until = gate.closedUntil();
  const at = now();
  if (until === null || until <= at) return;
  const message = pauseText({ label, until, reason: null }, at);
  throw new ConnectorError(message, { failure: 'WAIT', retryAt: until });
}

/** Keeps what the error announces; returns what to throw on. */
async function heard(label: string, heeding: Heeding, error: unknown): Promise<unknown> {
  if (!(error instanceof ConnectorError)) return error;
  if (error.failure === 'REAUTHORIZE' && error.concerns === 'CREDENTIAL') await heeding.onDeadToken(error);
  if (error.failure !== 'WAIT' || !error.retryAt || error.retryAt <= heeding.now()) return error;
  await heeding.gate.close(error.retryAt, error.message);
  return withMoment(label, error, { until: error.retryAt, now: heeding.now() });
}

/** The same error, which also says until when. */
function withMoment(label: string, error: ConnectorError, { until, now }: { until: Date; now: Date }) {
  if (error.message.includes(momentText(until, now))) return error;
  const { failure, concerns, status, vendorCode, message } = error;
  // A connector that found the gate closed has nothing to add.
  const reason = message.startsWith(`${label} takes no calls`) ? null : message;
  return new ConnectorError(pauseText({ label, until, reason }, now), {
    failure,
    concerns,
    retryAt: until,
    cause: error,
    ...(status === undefined ? {} : { status }),
    ...(vendorCode === undefined ? {} : { vendorCode }),
  });
}
