import fc from 'fast-check';
import { expect, test } from 'vitest';
import { canonical, DecimalSum, isZero } from '../../src/lib/money.ts';

/** Any decimal as units × 10^-scale, and the text of it. */
const decimals = fc
  .record({ units: fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), scale: fc.nat(12) })
  .map(({ units, scale }) => ({ units, scale, text: written(units, scale) }));

/** Written plainly: every digit of the scale shown. */
function written(units: bigint, scale: number): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const point = digits.length - scale;
  return `${units < 0n ? '-' : ''}${digits.slice(0, point)}${scale > 0 ? `.${digits.slice(point)}` : ''}`;
}

test.each([
  ['0', '0'],
  ['-0', '0'],
  ['-0.00', '0'],
  ['14.30', '14.3'],
  ['14.00', '14'],
  ['007', '7'],
  ['-007.10', '-7.1'],
  ['0.05', '0.05'],
  ['-0.5', '-0.5'],
  ['100', '100'],
  ['9007199254740993.10', '9007199254740993.1'],
])('%s is written %s', (text, expected) => {
  expect(canonical(text)).toBe(expected);
});

test('canonical is one writing per number', () => {
  fc.assert(
    fc.property(decimals, fc.nat(4), ({ units, scale, text }, zeros) => {
      const longer = written(units * 10n ** BigInt(zeros), scale + zeros);
      expect(canonical(longer)).toBe(canonical(text));
      expect(canonical(canonical(text))).toBe(canonical(text));
      expect(isZero(text)).toBe(units === 0n);
    }),
  );
});

test('a sum is exact whatever the sizes and scales', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(decimals, fc.boolean())), (moves) => {
      const sum = new DecimalSum();
      let expected = 0n;
      for (const [{ units, scale, text }, negated] of moves) {
        const moved = units * 10n ** BigInt(12 - scale);
        if (negated) sum.subtract(text);
        else sum.add(text);
        expected += negated ? -moved : moved;
      }
      expect(sum.text()).toBe(canonical(written(expected, 12)));
      expect(sum.isZero()).toBe(expected === 0n);
    }),
  );
});

test('tenths add up as people expect', () => {
  expect(new DecimalSum().add('0.1').add('0.2').text()).toBe('0.3');
});
