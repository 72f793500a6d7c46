/** Kinds of settings, as texts that people write into the environment. No message repeats the text. */
import { createSecretKey } from 'node:crypto';
import { z } from 'zod';
import type { EncryptionKey } from './keyRing.ts';
import { Secret } from './secret.ts';

export const flag = z.enum(['true', 'false'], 'must be true or false').transform((text) => text === 'true');
/** At least `least` characters, none of them a space. */
export const secret = (least: number) =>
  z
    .string()
    .min(least, `must have at least ${least} characters`)
    .regex(/^\S+$/, 'must not contain spaces')
    .transform((text) => new Secret(text));
/** Without slashes at its end. */
export const httpUrl = z
  .url({ protocol: /^https?$/, error: 'must be an http:// or https:// URL' })
  .transform((text) => text.replace(/\/+$/, ''));
/** 0 = a free one. */
export const port = z
  .string()
  .regex(/^\d{1,5}$/, 'must be a number from 0 to 65535')
  .transform(Number)
  .refine((number) => number <= 65_535, 'must be a number from 0 to 65535');
export const origins = z
  .string()
  .transform((text) => text.split(',').map((origin) => origin.trim()))
  .refine(
    (list) => list.every((origin) => URL.canParse(origin) && new URL(origin).origin === origin),
    'must be origins such as https://ads.example.com, comma between',
  );

const KEY_BYTES = 32;

/** `keyId:base64`, comma between. */
export const secretKeys = z
  .string()
  .transform((text, check): EncryptionKey[] =>
    text.split(',').map((part) => {
      const [, id = '', encoded = ''] = /^([\w.-]+):([A-Za-z0-9+/=_-]+)$/.exec(part.trim()) ?? [];
      const key = Buffer.from(encoded, 'base64');
      if (!id || key.length !== KEY_BYTES) {
        check.addIssue('must be keyId:base64 of exactly 32 bytes, comma between (openssl rand -base64 32)');
      }
      return { id, key: createSecretKey(key) };
    }),
  )
  .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length, 'must not use a keyId twice');

/** `smtp://user:password@host:port`; `smtps://` for TLS from the start. */
export const smtpUrl = z
  .url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL' })
  .refine((text) => new URL(text).hostname !== '', 'must name a host')
  .refine((text) => canDecode(text), 'must percent-encode special characters of user and password')
  .transform((text) => new Secret(text));

function canDecode(url: string): boolean {
  try {
    const { username, password } = new URL(url);
    decodeURIComponent(username);
    decodeURIComponent(password);
    return true;
  } catch {
    return false;
  }
}

const address = z.email('must be an e-mail address, or a name and <an e-mail address>').max(254);

/** `Reports <reports@example.com>`, or the address alone. */
export const mailbox = z
  .string()
  .regex(/^[^\p{Cc}]*$/u, 'must stand on one line')
  .transform((text) => {
    const [, name = '', inside] = /^([^<>]*)<([^<>]*)>$/.exec(text) ?? [];
    return { name: name.trim().replace(/^"(.*)"$/, '$1'), address: (inside ?? text).trim() };
  })
  .refine(
    ({ address: found }) => address.safeParse(found).success,
    'must be an e-mail address, or a name and <an e-mail address>',
  );

/** E-mail addresses, comma between. */
export const addresses = z
  .string()
  .transform((text) => text.split(',').map((part) => part.trim().toLowerCase()))
  .refine(
    (list) => list.every((part) => address.safeParse(part).success),
    'must be e-mail addresses, comma between',
  );
