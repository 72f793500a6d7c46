import type { Source } from '../support/sources.ts';
import { lineAt } from '../support/sources.ts';

export interface Finding {
  path: string;
  line: number;
  message: string;
}

/** A file as it might be written, to show what a rule catches and what it lets through. */
export interface Example {
  path: string;
  text: string;
}

export interface Rule {
  name: string;
  /** Findings in one file; `all` is there for rules that compare files. */
  check(source: Source, all: readonly Source[]): Finding[];
  /** Each is caught, when it stands alone or beside `beside`. */
  bad: readonly Example[];
  /** Each is let through. */
  good: readonly Example[];
  /** Other files that the examples refer to. */
  beside?: readonly Example[];
}

/** A finding for each place in the code, comments and quoted texts aside, that matches. */
export function inCode(source: Source, pattern: RegExp, message: string): Finding[] {
  return [...source.code.matchAll(pattern)].map((match) => ({
    path: source.path,
    line: lineAt(source.code, match.index),
    message: `${message}: ${match[0].trim()}`,
  }));
}

/** A finding for each quoted text that matches. */
export function inLiterals(source: Source, pattern: RegExp, message: string): Finding[] {
  return source.literals
    .filter((literal) => pattern.test(literal.text))
    .map((literal) => ({ path: source.path, line: literal.line, message }));
}

/** A finding for each import of a file of ours that is wrong; `judge` says why, or null. */
export function inImports(source: Source, judge: (target: string) => string | null): Finding[] {
  return source.imports.flatMap(({ target, line }) => {
    const message = target === null ? null : judge(target);
    return message === null ? [] : [{ path: source.path, line, message }];
  });
}

/** The first folder or file below src: `services`, `config`; null outside src. */
export function roomOf(path: string): string | null {
  const [top, room] = path.split('/');
  return top === 'src' && room !== undefined ? room.replace(/\.ts$/, '') : null;
}

/** `src/connectors/ads/meta/api.ts` → `src/connectors/ads/meta`; null for a file beside the vendors. */
export function vendorFolderOf(path: string): string | null {
  return /^src\/connectors\/[^/]+\/[^/]+(?=\/)/.exec(path)?.[0] ?? null;
}
