import { randomBytes } from 'node:crypto';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seal, unseal } from '../../src/lib/crypto.ts';
import { Secret } from '../../src/lib/secret.ts';

const key = (id: string) => ({ id, key: randomBytes(32) });
const old = key('old');
const current = key('current');

describe('sealing', () => {
  it('gives back what was sealed, for any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (text, row) => {
        const wellFormed = text.toWellFormed();
        expect(unseal([current], seal([current], wellFormed, row), row)).toBe(wellFormed);
      }),
    );
  });

  it('fails closed for another row', () => {
    const sealed = seal([current], 'token', 'credentials:1:client-a:META');
    expect(() => unseal([current], sealed, 'credentials:1:client-b:META')).toThrow();
  });

  it('fails closed when any byte is changed', () => {
    const sealed = seal([current], 'token', 'row');
    for (let at = 0; at < sealed.ciphertext.length; at++) {
      const ciphertext = Buffer.from(sealed.ciphertext);
      ciphertext[at] = (ciphertext[at] ?? 0) ^ 1;
      expect(() => unseal([current], { ...sealed, ciphertext }, 'row')).toThrow();
    }
  });

  it('opens with a key that no longer seals', () => {
    const sealed = seal([old], 'token', 'row');
    expect(unseal([current, old], sealed, 'row')).toBe('token');
    expect(seal([current, old], 'token', 'row').keyId).toBe('current');
    expect(() => unseal([current], sealed, 'row')).toThrow(/No encryption key "old"/);
  });

  it('never seals the same text to the same bytes', () => {
    const sealed = [1, 2].map(() => seal([current], 'token', 'row').ciphertext.toString('hex'));
    expect(sealed[0]).not.toBe(sealed[1]);
  });
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
