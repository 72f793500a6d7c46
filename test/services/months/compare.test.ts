import { describe, expect, it } from 'vitest';
import { campaignKey, compareMonths } from '../../../src/services/months/compare.ts';
import type { Comparison } from '../../../src/services/months/compare.ts';
import { monthContent, row } from './support.ts';

const frozen = monthContent([row(), row({ campaign: 'c2', name: 'Two' })]);

function drift(changes: Partial<Comparison>): string[] {
  const found = compareMonths({ frozen, today: frozen, noted: [], lostAds: new Set(), ...changes });
  return found.map(
    ({ cause, campaign, metric, old, new: now }) =>
      `${cause} ${campaign} ${metric} ${String(old)}→${String(now)}`,
  );
}

const withFirst = (changes: Parameters<typeof row>[0]) =>
  monthContent([row(changes), row({ campaign: 'c2', name: 'Two' })]);

describe('drift of a FINAL month', () => {
  it('is nothing when only names, states and the writing of numbers differ', () => {
    const today = withFirst({ name: 'Renamed', status: 'ARCHIVED', spend: '10.5' });
    expect(drift({ today: { ...today, client: { ...today.client, name: 'Rebranded' } } })).toEqual([]);
  });

  it('is late conversions when nothing else moved', () => {
    const today = withFirst({ conversions: '3', goals: { purchase: { count: '3', value: '30.50' } } });
    expect(drift({ today })).toEqual([
      'LATE_CONVERSIONS c1 conversions 2→3',
      'LATE_CONVERSIONS c1 goal:purchase 2→3',
    ]);
  });

  it('is a restatement when delivery moved', () => {
    expect(drift({ today: withFirst({ spend: '10.40', conversions: '3' }) })).toEqual([
      'RESTATEMENT c1 conversions 2→3',
      'RESTATEMENT c1 spend 10.50→10.40',
    ]);
  });

  it('is a deleted ad when a campaign vanished, or lost an ad', () => {
    const gone = drift({ today: monthContent([row()]) });
    expect(gone).toHaveLength(9);
    expect(gone.every((text) => text.startsWith('DELETED_AD c2') && text.endsWith('→null'))).toBe(true);
    const lostAds = new Set([campaignKey({ account: 'act_1', campaign: 'c1' })]);
    expect(drift({ today: withFirst({ spend: '9' }), lostAds })).toEqual(['DELETED_AD c1 spend 10.50→9']);
  });

  it('is configuration for conversions under other goals, and for nothing else', () => {
    const today = withFirst({ conversions: '7', spend: '11' });
    expect(drift({ today: { ...today, goals: today.goals.toReversed() } })).toEqual([
      'CONFIGURATION c1 conversions 2→7',
      'RESTATEMENT c1 spend 10.50→11',
    ]);
  });

  it('is told once, and goes on from what was told', () => {
    const told = { account: 'act_1', campaign: 'c1', currency: 'EUR', metric: 'conversions', new: '3' };
    expect(drift({ today: withFirst({ conversions: '3.0' }), noted: [told] })).toEqual([]);
    expect(drift({ today: withFirst({ conversions: '5' }), noted: [told] })).toEqual([
      'LATE_CONVERSIONS c1 conversions 3→5',
    ]);
    expect(drift({ noted: [told] })).toEqual(['LATE_CONVERSIONS c1 conversions 3→2']);
    const gone = { ...told, campaign: 'c9', new: null };
    expect(drift({ noted: [gone] })).toEqual([]);
  });
});
