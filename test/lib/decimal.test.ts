import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isDecimal, isPlausibleAmount, isPlausibleCount } from '../../src/lib/decimal.ts';

const NO_DECIMALS = [
  '',
  ' 1',
  '1 ',
  '1,234.5',
  '1e400',
  '1E5',
  'NaN',
  'Infinity',
  '-',
  '.5',
  '5.',
  '+1',
  '0x10',
  '١',
  '1.2.3',
  '--1',
];

describe('decimal text', () => {
  test.each(NO_DECIMALS)('%j is no decimal', (text) => {
    expect([isDecimal(text), isPlausibleAmount(text), isPlausibleCount(text)]).toEqual([false, false, false]);
  });

  test.each([
    ['0', true, true],
    ['14.35', true, false],
    ['007', true, true],
    ['185.0', true, false],
    ['1000000000000000', true, true],
    ['1000000000000000.00', true, false],
    ['1000000000000000.01', false, false],
    ['1000000000000001', false, false],
    ['9'.repeat(40), false, false],
    ['-1', false, false],
    ['-0.01', false, false],
  ])('%s: amount %s, count %s', (text, amount, count) => {
    expect([isDecimal(text), isPlausibleAmount(text), isPlausibleCount(text)]).toEqual([true, amount, count]);
  });

  test('refuses text too long for any figure', () => {
    expect([isDecimal('1'.repeat(41)), isDecimal(`0.${'1'.repeat(31)}`)]).toEqual([false, false]);
  });

  test('whatever passes as an amount is a finite number from 0 to 10^15', () => {
    const text = fc.oneof(
      fc.string(),
      fc.double().map(String),
      fc.bigInt().map(String),
      fc.stringMatching(/^-?\d*\.?\d*$/),
    );
    fc.assert(
      fc.property(text, (candidate) => {
        if (!isPlausibleAmount(candidate)) return;
        expect(Number(candidate)).toBeGreaterThanOrEqual(0);
        expect(Number(candidate)).toBeLessThanOrEqual(1e15);
      }),
    );
  });
});

test.each(['0', '-0', '12', '-12.50', '007.1', '0.000'])('%s is a decimal', (text) => {
  expect(isDecimal(text)).toBe(true);
});

test.each(['', '.5', '5.', '+1', '1e3', '1,234.5', 'NaN', 'Infinity', ' 1', '1\n', '--1', '1.2.3'])(
  '%j is not',
  (text) => {
    expect(isDecimal(text)).toBe(false);
  },
);
