import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { ActionCount } from '../../../src/connectors/ads/contract.ts';
import { chooseGoals } from '../../../src/services/goals/choose.ts';

const purchase = { name: 'purchase', actionTypes: ['omni_purchase', 'purchase', 'pixel_purchase'] };
const lead = { name: 'lead', actionTypes: ['lead'] };

test('the first type with a count wins, not the sum and not the largest', () => {
  const actions = {
    pixel_purchase: { count: '9', value: '90' },
    purchase: { count: '2', value: '20.50' },
    omni_purchase: { count: '0', value: '0' },
  };
  expect(chooseGoals([purchase], actions)).toEqual([
    { name: 'purchase', count: '2', value: '20.5', action: 'purchase' },
  ]);
});

test('a zero is a zero however it is written', () => {
  expect(chooseGoals([lead], { lead: { count: '0.00', value: '5' } })).toEqual([]);
});

test('goals without a count are left out; the order is the goals', () => {
  const actions = { purchase: { count: '1', value: '0' }, lead: { count: '3', value: '0' } };
  expect(
    chooseGoals([lead, { name: 'none', actionTypes: [] }, purchase], actions).map((goal) => goal.name),
  ).toEqual(['lead', 'purchase']);
});

test('names that every object has are not actions', () => {
  expect(chooseGoals([{ name: 'odd', actionTypes: ['constructor', '__proto__', 'toString'] }], {})).toEqual(
    [],
  );
});

test('the chosen type has a count, and no type before it has one', () => {
  const types = ['a', 'b', 'c', 'd'];
  const counts = fc.constantFrom('0', '0.0', '1', '2.5');
  const actionsOf = fc.dictionary(fc.constantFrom(...types), fc.record({ count: counts, value: counts }));
  fc.assert(
    fc.property(
      fc.shuffledSubarray(types),
      actionsOf,
      (actionTypes, actions: Record<string, ActionCount>) => {
        const [chosen] = chooseGoals([{ name: 'goal', actionTypes }], actions);
        const counted = actionTypes.filter((type) => Number(actions[type]?.count ?? '0') > 0);
        expect(chosen?.action).toBe(counted[0]);
        if (chosen) expect(Number(chosen.count)).toBe(Number(actions[chosen.action]?.count));
      },
    ),
  );
});
