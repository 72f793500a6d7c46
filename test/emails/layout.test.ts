import fc from 'fast-check';
import { expect, it } from 'vitest';
import { renderEmail } from '../../src/emails/layout.ts';

function emailOf(text: string, url = 'https://example.com') {
  return renderEmail({
    subject: text,
    headline: text,
    blocks: [
      { kind: 'PARAGRAPH', text },
      { kind: 'TABLE', head: [text], rows: [[text], [text]] },
      { kind: 'LINK', label: text, url },
    ],
  });
}

/** Names of the elements in their order: what a text adds to a mail would show here. */
function elements(html: string): string[] {
  return [...html.matchAll(/<\s*\/?\s*([a-z!][a-z0-9]*)/gi)].map((match) => match[1] ?? '');
}

it('no text adds an element or an attribute', () => {
  const plain = elements(emailOf('x').html);
  const nasty = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc
      .array(fc.constantFrom('<', '>', '"', "'", '&', '&lt;', '<script>', '"onload="', '\r\n', '\0'))
      .map((all) => all.join('')),
  );
  fc.assert(
    fc.property(nasty, (text) => {
      const { html } = emailOf(text);
      expect(elements(html)).toEqual(plain);
      // Between quotes and tags nothing is left of the characters that could end them.
      expect(html.match(/="[^"]*"/g)?.length).toBe(emailOf('x').html.match(/="[^"]*"/g)?.length);
    }),
  );
});

it('loads nothing from outside and leaves the colours to the reader', () => {
  const { html } = emailOf('x');
  expect(html).not.toMatch(/<(?:img|link|script|iframe|style)\b|url\(|src=|@import/i);
  expect(html).not.toMatch(/(?:^|[;"])\s*(?:background(?:-color)?|color)\s*:/);
  expect(html).toContain('<meta name="color-scheme" content="light dark">');
  expect(html.match(/href="/g)).toHaveLength(1);
});

it.each(['javascript:alert(1)', 'data:text/html,x', 'https://a b', ''])('%s is no link', (url) => {
  const { html, text } = emailOf('x', url);
  expect(html).not.toContain('href');
  expect(text).not.toContain('javascript');
});

it('the text holds the same, on plain lines', () => {
  const { text } = renderEmail({
    subject: 's',
    headline: 'Привет\r\nмир\u202e',
    blocks: [
      { kind: 'TABLE', head: ['A', 'B'], rows: [['1', '<b>']] },
      { kind: 'LINK', label: 'Open', url: 'https://example.com/?a=1&b=2' },
    ],
  });
  expect(text).toBe(
    'Привет мир\n\nA | B\n1 | <b>\n\nOpen: https://example.com/?a=1&b=2\n\nSent by Tributary.\n',
  );
});
