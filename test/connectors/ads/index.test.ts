import { expect, test } from 'vitest';
import { createPlatforms, PLATFORM_KEYS } from '../../../src/connectors/ads/index.ts';

test('the registry has a platform under each of its keys', () => {
  const platforms = createPlatforms({
    meta: { graphUrl: 'http://127.0.0.1:9', apiVersion: 'v26.0' },
    google: {},
  });
  expect([...platforms.keys()]).toEqual([...PLATFORM_KEYS]);
  for (const [key, platform] of platforms) expect(platform.key).toBe(key);
});
