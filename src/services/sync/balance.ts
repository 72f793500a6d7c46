import type { ActionCount, DecimalText } from '../../connectors/ads/contract.ts';
import { DecimalSum } from '../../lib/money.ts';
import type { ChosenGoal } from '../goals/choose.ts';

/** What a row measures that can be added up. Reach is not among it: people are not additive. */
export interface Measures {
  spend: DecimalText;
  impressions: DecimalText;
  clicks: DecimalText;
  linkClicks: DecimalText;
  actions: Readonly<Record<string, ActionCount>>;
  goals: readonly Pick<ChosenGoal, 'name' | 'count' | 'value'>[];
}

interface Pair {
  count: DecimalSum;
  value: DecimalSum;
}

/**
 * A campaign-day's account in one currency: the campaign's row comes in, its ads' rows go out. What is left is
 * what the platform reports for the campaign beyond its listed ads; it may be negative.
 */
export class Balance {
  readonly #spend = new DecimalSum();
  readonly #impressions = new DecimalSum();
  readonly #clicks = new DecimalSum();
  readonly #linkClicks = new DecimalSum();
  readonly #actions = new Map<string, Pair>();
  readonly #goals = new Map<string, Pair>();

  comeIn(row: Measures): void {
    this.#book(row, 'add');
  }

  goOut(row: Measures): void {
    this.#book(row, 'subtract');
  }

  /** Null when nothing is left. Actions and goals that are even are left out. */
  left(): Measures | null {
    const actions = [...unevenOf(this.#actions)];
    const goals = [...unevenOf(this.#goals)];
    const metrics = [this.#spend, this.#impressions, this.#clicks, this.#linkClicks];
    if (actions.length + goals.length === 0 && metrics.every((sum) => sum.isZero())) return null;
    return {
      spend: this.#spend.text(),
      impressions: this.#impressions.text(),
      clicks: this.#clicks.text(),
      linkClicks: this.#linkClicks.text(),
      actions: Object.fromEntries(actions),
      goals: goals.map(([name, sums]) => ({ name, ...sums })),
    };
  }

  #book(row: Measures, way: 'add' | 'subtract'): void {
    this.#spend[way](row.spend);
    this.#impressions[way](row.impressions);
    this.#clicks[way](row.clicks);
    this.#linkClicks[way](row.linkClicks);
    for (const type in row.actions) {
      const reported = row.actions[type];
      if (reported) bookPair(this.#actions, type)(reported, way);
    }
    for (const goal of row.goals) bookPair(this.#goals, goal.name)(goal, way);
  }
}

function bookPair(
  pairs: Map<string, Pair>,
  key: string,
): (amount: ActionCount, way: 'add' | 'subtract') => void {
  let pair = pairs.get(key);
  if (!pair) pairs.set(key, (pair = { count: new DecimalSum(), value: new DecimalSum() }));
  const { count, value } = pair;
  return (amount, way) => {
    count[way](amount.count);
    value[way](amount.value);
  };
}

function* unevenOf(pairs: Map<string, Pair>): Generator<[string, ActionCount]> {
  for (const [key, { count, value }] of pairs) {
    if (!count.isZero() || !value.isZero()) yield [key, { count: count.text(), value: value.text() }];
  }
}
