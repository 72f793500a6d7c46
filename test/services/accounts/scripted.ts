import type { AccountAccess, AdPlatform, TokenAccess } from '../../../src/connectors/ads/contract.ts';
import { ConnectorError } from '../../../src/connectors/errors.ts';

/** One call of a scripted platform, as its server would see it. */
export interface ScriptedCall {
  what: 'structure' | 'insights' | 'check' | 'describe' | 'list';
  /** Null = the call is about no account. */
  externalId: string | null;
  token: string;
}

export interface Scripted {
  platform: AdPlatform;
  /** Every call that went out, in order. */
  calls: ScriptedCall[];
}

/** Pages of insights, each a call of its own. */
const PAGES = 3;

/**
 * A platform without figures whose every call is answered by `answer`: it throws what the platform would. As a
 * connector must, it asks the gate before each call and tells it what it hears; not when `deaf`.
 */
export function scriptedPlatform(
  answer: (call: ScriptedCall) => void | Promise<void>,
  { deaf = false }: { deaf?: boolean } = {},
): Scripted {
  const calls: ScriptedCall[] = [];
  const call = async (what: ScriptedCall['what'], access: TokenAccess & Partial<AccountAccess>) => {
    const closed = deaf ? null : (access.gate?.closedUntil() ?? null);
    if (closed && closed > new Date())
      throw new ConnectorError('It is closed.', { failure: 'WAIT', retryAt: closed });
    const made = { what, externalId: access.externalId ?? null, token: access.token.reveal() };
    calls.push(made);
    await answer(made);
  };
  const describe = (externalId: string) => ({
    externalId,
    name: `Account ${externalId}`,
    currency: 'EUR',
    timezone: 'UTC',
    status: 'ACTIVE',
  });
  const platform: AdPlatform = {
    key: 'META',
    label: 'Meta',
    historyMonths: 37,
    defaultGoals: [],
    breakdowns: [],
    goalTemplates: [],
    restatementDays: () => Promise.resolve(28),
    checkCredential: async (access) => {
      await call('check', access);
      return { valid: true, scopes: ['ads_read'], expiresAt: null };
    },
    describeAccount: async (access) => {
      await call('describe', access);
      return describe(access.externalId);
    },
    listAccounts: async (access) => {
      await call('list', access);
      return {
        accounts: [
          { ...describe('act_2'), name: 'Berry' },
          { ...describe('act_1'), name: 'Apple', loginCustomerId: '77' },
        ],
        unusable: [{ externalId: 'act_3', reason: 'It is closed.' }],
      };
    },
    async *readStructure(access) {
      await call('structure', access);
      yield { campaigns: [], adSets: [], ads: [], next: null };
    },
    async *readInsights(access) {
      for (let page = 0; page < PAGES; page++) {
        await call('insights', access);
        yield { rows: [], rejected: [], next: page === PAGES - 1 ? null : { page } };
      }
    },
    readAccountDays: () => Promise.resolve([]),
    readBreakdowns: () => {
      throw new Error('not asked for');
    },
    readReach: () => Promise.resolve(null),
  };
  return { platform, calls };
}
