import type { Json } from '../../../sandbox/meta/json.ts';
import { below } from './random.ts';

type Row = Record<string, Json>;

/** What no figure, name, id or day should be, and some that look wrong and are right. */
const STRANGE: Json[] = [
  null,
  true,
  '',
  ' ',
  'NaN',
  'Infinity',
  '-5',
  -5,
  '1e400',
  '1e3',
  1e21,
  '1,234.5',
  '0x10',
  '٣٤',
  '9'.repeat(400),
  `0.${'0'.repeat(70)}1`,
  9_007_199_254_740_993,
  0.1,
  '\0',
  'a\0b',
  '\ud800',
  '\u2028',
  'x'.repeat(10_000),
  '2026-02-30',
  '1999-01-01',
  '2099-12-31',
  [],
  ['1'],
  {},
  { value: '1' },
  [{ action_type: 'lead', value: 'NaN' }],
  [
    { action_type: 'lead', value: '2' },
    { action_type: 'lead', value: '3' },
  ],
  [{ action_type: '__proto__', value: '1' }],
  [{ action_type: '\ud800', value: '1' }],
  [{ value: '1' }],
  [null],
];

const FIELDS = [
  'account_currency',
  'campaign_id',
  'campaign_name',
  'adset_id',
  'ad_id',
  'ad_name',
  'date_start',
  'date_stop',
  'spend',
  'impressions',
  'clicks',
  'inline_link_clicks',
  'reach',
  'actions',
  'action_values',
  'a_field_nobody_knows',
  '__proto__',
];

/** One row as it may come on a bad day: up to three fields strange or missing, the whole row strange, or nothing wrong. */
export function spoil(row: Json, random: () => number): Json {
  const luck = random();
  if (luck < 0.4) return row;
  if (luck < 0.43) return pick(STRANGE, random);
  if (typeof row !== 'object' || row === null || Array.isArray(row)) return row;
  const spoilt: Row = { ...row };
  for (let times = 1 + below(random, 3); times > 0; times--) {
    const field = pick(FIELDS, random);
    if (random() < 0.2) delete spoilt[field];
    else put(spoilt, field, pick(STRANGE, random));
  }
  return spoilt;
}

/** Also under `__proto__`, which an assignment would take for something else. */
function put(row: Row, field: string, value: Json): void {
  Object.defineProperty(row, field, { value, enumerable: true, configurable: true, writable: true });
}

function pick<T>(list: readonly T[], random: () => number): T {
  const found = list[below(random, list.length)];
  if (found === undefined) throw new Error('nothing to pick from');
  return found;
}
