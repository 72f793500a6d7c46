import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { slugOf } from '../../../src/services/clients/slug.ts';

describe('a slug', () => {
  it.each([
    ['Acme Shoes', 'acme-shoes'],
    ['Кофейня «Шоколад»', 'kofeynya-shokolad'],
    ['Қазақ Тілі', 'kazak-tili'],
    ['Łódź & Żółć', 'lodz-zolc'],
    ['  --  ', ''],
  ])('of %s is %s', (name, slug) => expect(slugOf(name)).toBe(slug));

  it('is always fit for a URL', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        expect(slugOf(name)).toMatch(/^([a-z0-9]+(-[a-z0-9]+)*)?$/);
        expect(slugOf(name).length).toBeLessThanOrEqual(60);
      }),
    );
  });
});
