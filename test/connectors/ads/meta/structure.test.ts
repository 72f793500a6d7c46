import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Sandbox } from '../../../../sandbox/index.ts';
import { startSandbox } from '../../../../sandbox/index.ts';
import { adSetStatus, adStatus, campaignStatus } from '../../../../sandbox/world/status.ts';
import { createWorld } from '../../../../sandbox/world/world.ts';
import type { AdPlatform } from '../../../../src/connectors/ads/contract.ts';
import { createMeta } from '../../../../src/connectors/ads/meta/index.ts';
import { dayOf, daysBetween } from '../../../../src/lib/days.ts';
import { Secret } from '../../../../src/lib/secret.ts';
import { metaAccountsOf } from './readingWorld.ts';
import { collect, merged, NOW } from './graphServer.ts';

let sandbox: Sandbox;
let meta: AdPlatform;

beforeAll(async () => {
  sandbox = await startSandbox({ now: () => NOW });
  meta = createMeta({ graphUrl: sandbox.urls.meta, apiVersion: 'v26.0', now: () => NOW });
});
afterAll(() => sandbox.close());

test('the structure of every demo account, archived and deleted objects included', async () => {
  const world = createWorld({ seed: 1, startedAt: NOW });
  const statuses = new Set<string>();
  for (const { externalId, token } of metaAccountsOf(sandbox)) {
    const account = world.accounts.get(externalId);
    const found = merged(await collect(meta.readStructure({ externalId, token: new Secret(token) })));
    const today = daysBetween('1970-01-01', dayOf(NOW, account?.timezone ?? ''));
    const listed = (status: string | null): status is string => status !== null && status !== 'PURGED';
    const campaigns = (account?.campaigns ?? []).filter((one) => listed(campaignStatus(one, today)));
    const adSets = (account?.adSets ?? []).filter((one) => listed(adSetStatus(one, today)));
    const ads = (account?.ads ?? []).filter((one) => listed(adStatus(one, today)));
    expect(found.campaigns.map((one) => [one.externalId, one.name, one.status])).toEqual(
      campaigns.map((one) => [one.id, one.name, campaignStatus(one, today)]),
    );
    expect(found.adSets.map((one) => [one.externalId, one.campaignExternalId, one.status])).toEqual(
      adSets.map((one) => [one.id, one.campaign.id, adSetStatus(one, today)]),
    );
    expect(
      found.ads.map((one) => [
        one.externalId,
        one.adSetExternalId,
        one.campaignExternalId,
        one.name,
        one.status,
      ]),
    ).toEqual(
      ads.map((one) => [one.id, one.adSet.id, one.adSet.campaign.id, one.name, adStatus(one, today)]),
    );
    for (const one of [...found.campaigns, ...found.ads]) statuses.add(one.status);
  }
  expect([...statuses]).toEqual(expect.arrayContaining(['ACTIVE', 'PAUSED', 'ARCHIVED', 'DELETED']));
});
