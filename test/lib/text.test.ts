import fc from 'fast-check';
import { expect, test } from 'vitest';
import { storable } from '../../src/lib/text.ts';

test.each([
  ['plain', 'plain'],
  ['Казахстан 🏔', 'Казахстан 🏔'],
  ['a\0b\0', 'ab'],
  ['cut \ud83d', 'cut \ufffd'],
  ['\udc00 🏔 \0', '\ufffd 🏔 '],
])('%j becomes %j', (text, expected) => {
  expect(storable(text)).toBe(expected);
});

test('whatever comes out can be stored, and storing it again changes nothing', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 0xffff })), (units) => {
      const text = storable(String.fromCharCode(...units));
      expect(text.isWellFormed() && !text.includes('\0')).toBe(true);
      expect(storable(text)).toBe(text);
    }),
  );
});
