import { expect, it } from 'vitest';
import { judgePlatform } from '../../../src/cli/doctor/platforms.ts';

const apiVersion = { version: 'v25', endsOn: null };
const found = (unset: string[], use: { isUsed: boolean; canBeConnected: boolean }) =>
  judgePlatform({ label: 'Ads', apiVersion, unset, ...use }, '2026-11-20').map(
    ({ status, message, todo }) => `${status} ${message}${todo === null ? '' : ` (${todo})`}`,
  );

it('tells which settings a platform lacks, where somebody uses it or begins to', () => {
  const told = 'Ads cannot be called: A_TOKEN, A_SECRET not set (Set A_TOKEN, A_SECRET in the environment.)';
  const unset = ['A_TOKEN', 'A_SECRET'];
  expect(found(unset, { isUsed: true, canBeConnected: false })).toEqual([`FAIL ${told}`]);
  expect(found(unset, { isUsed: false, canBeConnected: true })).toEqual([`WARN ${told}`]);
  expect(found(unset, { isUsed: false, canBeConnected: false })).toEqual([]);
});

it('tells the version of a platform that can be called', () => {
  const told = ['OK Ads API v25, no end announced'];
  for (const isUsed of [true, false]) expect(found([], { isUsed, canBeConnected: isUsed })).toEqual(told);
});
