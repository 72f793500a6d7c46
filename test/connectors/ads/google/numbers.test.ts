import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import {
  count,
  double,
  fromMicros,
  micros,
  plainText,
} from '../../../../src/connectors/ads/google/numbers.ts';

it('turns millionths of any size into major units, exactly', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), (amount) => {
      const [whole = '', fraction = ''] = fromMicros(String(amount)).split('.');
      expect(fraction).not.toMatch(/0$/);
      expect(BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, '0'))).toBe(amount);
    }),
  );
});

it.each([
  ['36150000', '36.15'],
  ['1', '0.000001'],
  ['0', '0'],
  ['1000000', '1'],
  ['9223372036854775807', '9223372036854.775807'],
])('%s millionths are %s', (amount, text) => {
  expect(micros.parse(amount)).toBe(text);
});

it('writes every double as the shortest text that is read as the same double', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (number) => {
      const text = plainText(number);
      expect(text).toMatch(/^-?\d+(\.\d+)?$/);
      expect(Number(text) === number).toBe(true);
      expect(text.replace(/[-.]/g, '').replace(/^0+|0+$/g, '').length).toBeLessThanOrEqual(17);
    }),
  );
});

it.each([
  [2.5, '2.5'],
  [0.1, '0.1'],
  [0.333333, '0.333333'],
  [1e-7, '0.0000001'],
  [1.5e-7, '0.00000015'],
  [123456789.123, '123456789.123'],
  [0, '0'],
])('counts %s conversions as %s', (number, text) => {
  expect(double.parse(number)).toBe(text);
});

it.each([Number.NaN, -0.5, Infinity, 1e16, 5e-324, 'NaN', 'Infinity', '2.5', null, {}, true])(
  'does not believe %s conversions',
  (value) => {
    expect(double.safeParse(value).success).toBe(false);
  },
);

it.each(['-1', '1.5', '1,234', '1e3', '', 'NaN', '9'.repeat(40), 1.5, -1, null])(
  'does not believe a cost of %s',
  (value) => {
    expect(micros.safeParse(value).success).toBe(false);
    expect(count.safeParse(value).success).toBe(false);
  },
);
