import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seal, unseal } from '../../src/lib/crypto.ts';
import { newKey } from '../../src/lib/keyFile.ts';
import { fixedKeyRing } from '../../src/lib/keyRing.ts';
import { Secret } from '../../src/lib/secret.ts';

const old = newKey('old');
const current = newKey('current');
const ring = fixedKeyRing([current]);
const both = fixedKeyRing([current, old]);

describe('sealing', () => {
  it('gives back what was sealed, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, row) => {
        const wellFormed = text.toWellFormed();
        expect(unseal(ring, seal(ring, wellFormed, row), row)).toBe(wellFormed);
      }),
    );
  });

  it('fails closed for another row', () => {
    const sealed = seal(ring, 'token', 'credentials:1:client-a:META');
    expect(() => unseal(ring, sealed, 'credentials:1:client-b:META')).toThrow(
      expect.objectContaining({ failure: 'CLOSED' }),
    );
  });

  it('fails closed when any byte is changed', () => {
    const sealed = seal(ring, 'token', 'row');
    for (let at = 0; at < sealed.ciphertext.length; at++) {
      const ciphertext = Buffer.from(sealed.ciphertext);
      ciphertext[at] = (ciphertext[at] ?? 0) ^ 1;
      expect(() => unseal(ring, { ...sealed, ciphertext }, 'row')).toThrow(
        expect.objectContaining({ name: 'UnsealError', failure: 'CLOSED' }),
      );
    }
  });

  it('fails closed when it is cut anywhere, or is nothing like it', () => {
    const sealed = seal(ring, 'token', 'row');
    for (let length = 0; length < sealed.ciphertext.length; length++) {
      const ciphertext = sealed.ciphertext.subarray(0, length);
      expect(() => unseal(ring, { ...sealed, ciphertext }, 'row')).toThrow(
        expect.objectContaining({ failure: 'CLOSED' }),
      );
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (ciphertext) => {
        expect(() => unseal(ring, { keyId: 'current', ciphertext }, 'row')).toThrow(
          expect.objectContaining({ failure: 'CLOSED' }),
        );
      }),
    );
  });

  it('opens with a key that no longer seals', () => {
    const sealed = seal(fixedKeyRing([old]), 'token', 'row');
    expect(unseal(both, sealed, 'row')).toBe('token');
    expect(seal(both, 'token', 'row').keyId).toBe('current');
    expect(() => unseal(ring, sealed, 'row')).toThrow(
      expect.objectContaining({ failure: 'KEY_MISSING', message: expect.stringContaining('"old"') }),
    );
  });

  it('never seals the same text to the same bytes', () => {
    const sealed = [1, 2].map(() => seal(ring, 'token', 'row').ciphertext.toString('hex'));
    expect(sealed[0]).not.toBe(sealed[1]);
  });
});

it('a key prints nothing of itself', () => {
  const bytes = current.key.export();
  const printed = `${JSON.stringify(current)} ${inspect(current, { depth: 9, showHidden: true })}`;
  for (const form of ['hex', 'base64'] as const)
    expect(printed).not.toContain(bytes.toString(form).slice(0, 8));
  expect(printed).not.toContain([...bytes.subarray(0, 4)].join(','));
});

describe('a Secret', () => {
  const secret = new Secret('EAA-canary-1234');
  it.each([
    ['String()', String(secret)],
    ['a template', `the key ${secret.toString()} of Meta`],
    ['JSON', JSON.stringify({ secret })],
    ['inspect', inspect({ secret }, { depth: 9, showHidden: true })],
    ['keys', JSON.stringify(Object.entries(secret))],
  ])('is not in %s', (_way, text) => expect(text).not.toContain('canary'));

  it('shows only its last four', () => expect(secret.lastFour()).toBe('1234'));
});
