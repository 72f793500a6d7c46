import { afterEach, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { createGraph } from '../../../../src/connectors/ads/meta/api.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import type { TestServer } from '../../../lib/httpServer.ts';
import type { Reply } from './graphServer.ts';
import { failureOf, gateAt, graphOptions, NOW, refused, startGraph, TOKEN } from './graphServer.ts';

let server: TestServer;
afterEach(() => server.close());

const later = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1000);
const useCase = (id: string, percent: number, minutes: number): Record<string, string> => ({
  'X-Business-Use-Case-Usage': JSON.stringify({
    [id]: [{ type: 'ads_insights', call_count: percent, estimated_time_to_regain_access: minutes }],
  }),
});

/** One call, then another, with the gate that heard the first. */
async function twice(reply: Reply) {
  server = await startGraph([reply, {}]);
  const gate = gateAt(() => NOW);
  const graph = createGraph(graphOptions(server.url));
  const call = { path: 'act_1/ads', token: new Secret(TOKEN), accountId: '1000000001', gate };
  const ask = () => graph(call, z.unknown());
  const first = await ask().catch((error: unknown) => error);
  const second = await ask().catch((error: unknown) => error);
  return { gate, first, second, calls: server.requests.length };
}

describe('a pause that is announced', () => {
  test.each<[string, Record<string, string>, number]>([
    ['minutes of a use case', useCase('1000000001', 20, 19), 19 * 60],
    ['minutes of the business', useCase('77', 20, 3), 3 * 60],
    [
      'the full quota of the account',
      { 'X-Ad-Account-Usage': '{"acc_id_util_pct":100,"reset_time_duration":90}' },
      90,
    ],
    ['the app nearly full', { 'X-App-Usage': '{"call_count":96,"total_time":2,"total_cputime":1}' }, 60],
    [
      'processor time counts too',
      { 'X-App-Usage': '{"call_count":1,"total_time":2,"total_cputime":99}' },
      60,
    ],
    ['the use case nearly full', useCase('1000000001', 97, 0), 60],
    [
      'insights nearly full',
      { 'X-FB-Ads-Insights-Throttle': '{"app_id_util_pct":1,"acc_id_util_pct":95.5}' },
      60,
    ],
    [
      'the account nearly full',
      { 'X-Ad-Account-Usage': '{"acc_id_util_pct":98,"reset_time_duration":90}' },
      60,
    ],
    ['Retry-After', { 'Retry-After': '45' }, 45],
  ])('by an answer that succeeded: %s', async (_name, headers, seconds) => {
    const { gate, first, second, calls } = await twice({ headers });
    expect(first).toMatchObject({ value: { data: [] } });
    expect(gate.closed).toEqual([{ until: later(seconds), reason: expect.stringMatching(/\w/) }]);
    expect(second).toMatchObject({ failure: 'WAIT', retryAt: later(seconds) });
    expect(calls).toBe(1);
  });

  test.each<[string, Record<string, string>]>([
    ['exactly 95 %', { 'X-App-Usage': '{"call_count":95,"total_time":2,"total_cputime":1}' }],
    ['the quota of another account', { ...useCase('1000000001', 1, 0), 'x-none': '' }],
    ['no header at all', {}],
    ['headers that cannot be read', { 'X-App-Usage': '{', 'X-Business-Use-Case-Usage': '[]' }],
  ])('none: %s', async (_name, headers) => {
    const { gate, second, calls } = await twice({ headers });
    expect(gate.closed).toEqual([]);
    expect(second).toMatchObject({ value: { data: [] } });
    expect(calls).toBe(2);
  });

  test('another account in the same header does not count', async () => {
    const both = JSON.stringify({
      ...JSON.parse(useCase('5', 100, 40)['X-Business-Use-Case-Usage'] ?? ''),
      ...JSON.parse(useCase('1000000001', 10, 0)['X-Business-Use-Case-Usage'] ?? ''),
    });
    expect((await twice({ headers: { 'X-Business-Use-Case-Usage': both } })).calls).toBe(2);
  });

  test.each<[string, Reply, number]>([
    ['the code alone', refused(17), 300],
    [
      'the code with its header',
      refused(80_000, 2446079, { headers: useCase('1000000001', 100, 7) }),
      7 * 60,
    ],
    ['odd traffic', refused(613, 1996), 900],
    ['429', { status: 429, body: '' }, 300],
    ['503 with a long Retry-After', { status: 503, body: '', headers: { 'retry-after': '120' } }, 120],
  ])('by a refusal: %s', async (_name, reply, seconds) => {
    const { gate, first, second, calls } = await twice(reply);
    expect(first).toMatchObject({ failure: 'WAIT', retryAt: later(seconds) });
    expect(gate.closed.map(({ until }) => until)).toEqual([later(seconds)]);
    expect(second).toMatchObject({ failure: 'WAIT', retryAt: later(seconds) });
    expect(calls).toBe(1);
  });

  test('by a passing fault: it is not tried again inside the pause', async () => {
    const headers = useCase('1000000001', 100, 5);
    const { first, calls } = await twice(refused(2, undefined, { headers }));
    expect(first).toMatchObject({ failure: 'WAIT', retryAt: later(300) });
    expect(calls).toBe(1);
  });
});

test('a gate that refuses for a reason of its own is not called around', async () => {
  server = await startGraph([{}]);
  const reason = new Error('the token has died');
  const gate = {
    closedUntil: (): never => {
      throw reason;
    },
    close: () => Promise.resolve(),
  };
  const graph = createGraph(graphOptions(server.url));
  const call = { path: 'me', token: new Secret(TOKEN), accountId: '', gate };
  await expect(graph(call, z.unknown())).rejects.toBe(reason);
  expect(server.requests).toHaveLength(0);
});

test('whose trouble it is: dead tokens concern the credential, permissions the account', async () => {
  const concerns = async (code: number, subcode?: number) => {
    server = await startGraph([refused(code, subcode)]);
    const graph = createGraph(graphOptions(server.url));
    const call = { path: 'me', token: new Secret(TOKEN), accountId: '' };
    const error = await failureOf(graph(call, z.unknown()));
    await server.close();
    return error.concerns;
  };
  for (const subcode of [undefined, 458, 459, 460, 463, 464, 467, 492, 999])
    expect(await concerns(190, subcode)).toBe('CREDENTIAL');
  expect(await concerns(102)).toBe('CREDENTIAL');
  for (const [code, subcode] of [[3], [10], [200], [270], [299], [100, 3191001], [100, 33]] as const)
    expect(await concerns(code, subcode)).toBe('ACCOUNT');
});
