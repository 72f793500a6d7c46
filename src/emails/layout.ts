import type { Email } from './email.ts';

/** What an e-mail says; both forms are made from it. Every text is plain: nothing in it is ever markup. */
export interface EmailContent {
  subject: string;
  headline: string;
  blocks: readonly Block[];
}

export type Block =
  | { kind: 'PARAGRAPH'; text: string }
  | { kind: 'TABLE'; head: readonly string[]; rows: readonly (readonly string[])[] }
  /** Addresses other than http and https are left out. */
  | { kind: 'LINK'; label: string; url: string };

const FOOT = 'Sent by Tributary.';

/**
 * Nothing is loaded from outside. No colours of text and ground are set: the reader's own, light or dark, are the ones
 * that can be read.
 */
export function renderEmail({ subject, headline, blocks }: EmailContent): Email {
  const parts = blocks.map(htmlOf).filter(Boolean);
  return {
    subject,
    html: [
      '<!doctype html>',
      '<html lang="en"><head><meta charset="utf-8">',
      '<meta name="viewport" content="width=device-width, initial-scale=1">',
      '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">',
      `<title>${escapeHtml(subject)}</title></head>`,
      '<body style="margin:0;padding:24px;font-family:system-ui,-apple-system,Segoe UI,Roboto,Arial,sans-serif;font-size:15px;line-height:1.5">',
      '<div style="max-width:640px;margin:0 auto">',
      `<h1 style="font-size:20px;line-height:1.3;margin:0 0 16px">${escapeHtml(headline)}</h1>`,
      ...parts,
      `<p style="margin:24px 0 0;font-size:13px;opacity:0.7">${FOOT}</p>`,
      '</div></body></html>',
      '',
    ].join('\n'),
    text: `${[plain(headline), ...blocks.map(textOf).filter(Boolean), FOOT].join('\n\n')}\n`,
  };
}

function htmlOf(block: Block): string {
  if (block.kind === 'PARAGRAPH') return `<p style="margin:0 0 16px">${escapeHtml(block.text)}</p>`;
  if (block.kind === 'TABLE') return tableHtml(block);
  if (!isWeb(block.url)) return '';
  return `<p style="margin:0 0 16px"><a href="${escapeHtml(block.url)}">${escapeHtml(block.label)}</a></p>`;
}

/** A line that shows on a light ground and on a dark one. */
const LINE = 'border-bottom:1px solid #888888';

function tableHtml({ head, rows }: Extract<Block, { kind: 'TABLE' }>): string {
  const cell = (tag: string) => (text: string) =>
    `<${tag} style="text-align:left;vertical-align:top;padding:6px 12px 6px 0;${LINE}">${escapeHtml(text)}</${tag}>`;
  const row = (tag: string, cells: readonly string[]) => `<tr>${cells.map(cell(tag)).join('')}</tr>`;
  return [
    '<table style="border-collapse:collapse;width:100%;margin:0 0 16px">',
    `<thead>${row('th', head)}</thead>`,
    '<tbody>',
    ...rows.map((cells) => row('td', cells)),
    '</tbody></table>',
  ].join('\n');
}

function textOf(block: Block): string {
  if (block.kind === 'PARAGRAPH') return plain(block.text);
  if (block.kind === 'LINK') return isWeb(block.url) ? `${plain(block.label)}: ${block.url}` : '';
  return [block.head, ...block.rows].map((cells) => cells.map(plain).join(' | ')).join('\n');
}

function isWeb(url: string): boolean {
  return /^https?:\/\/\S+$/i.test(url);
}

/** On one line, without what steers a terminal or turns the direction of the text around. */
function plain(text: string): string {
  return text.replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function escapeHtml(text: string): string {
  return plain(text).replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}
