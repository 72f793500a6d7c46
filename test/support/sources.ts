import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '../..');

/** One import or re-export of a file. */
export interface Import {
  specifier: string;
  /** Path from the root; null for a package. */
  target: string | null;
  reExport: boolean;
  line: number;
}

/** Text between quotes; what stood in `${…}` is left out. */
export interface Literal {
  text: string;
  line: number;
}

/** One file, taken apart just far enough to ask what it names, says and imports. */
export interface Source {
  /** From the root, with `/`. */
  path: string;
  text: string;
  /** As long as the text, but comments, texts in quotes and regular expressions are blank. */
  code: string;
  literals: Literal[];
  imports: Import[];
}

/** Every source file below these folders; generated ones are left out. */
export function readSources(folders: readonly string[]): Source[] {
  return folders.flatMap((folder) =>
    sourcePaths(join(ROOT, folder)).map((path) => {
      const name = relative(ROOT, path).split(sep).join('/');
      return parseSource(name, readFileSync(path, 'utf8'));
    }),
  );
}

function sourcePaths(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === 'generated' ? [] : sourcePaths(path);
    return /\.(ts|tsx|mjs)$/.test(entry.name) ? [path] : [];
  });
}

export function parseSource(path: string, text: string): Source {
  const { code, spans } = blank(text);
  const literals = spans.map(([start, content]) => ({ text: content, line: lineAt(text, start) }));
  return { path, text, code, literals, imports: findImports(path, text, code) };
}

/** Lines count from 1. */
export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}

const IMPORTS = [
  /\b(import|export)\b[\w\s*${},]*?\bfrom\s*(['"])( *)\2/dg,
  /\b(import)\s*\(?\s*(['"])( *)\2/dg,
];

function findImports(path: string, text: string, code: string): Import[] {
  return IMPORTS.flatMap((pattern) =>
    [...code.matchAll(pattern)].map((match) => {
      const [start, end] = match.indices?.[3] ?? [0, 0];
      const specifier = text.slice(start, end);
      const target = specifier.startsWith('.') ? posix.join(posix.dirname(path), specifier) : null;
      return { specifier, target, reExport: match[1] === 'export', line: lineAt(text, start) };
    }),
  );
}

/** What comes next in a text: a comment, a quoted text, the head of a template, or a regular expression. */
const TOKEN =
  /\/\/[^\n]*|\/\*[^]*?\*\/|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`|\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*|[{}]/g;
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|await|yield|throw))\s*$/;
const TEMPLATE_PART = /(?:[^`\\$]|\\[^]|\$(?!\{))*/y;

type Spans = [start: number, content: string][];

function blank(text: string): { code: string; spans: Spans } {
  const code = text.split('');
  const spans: Spans = [];
  const erase = (start: number, end: number) => {
    for (let at = start; at < end; at += 1) if (code[at] !== '\n') code[at] = ' ';
  };
  /** For each open brace: where its template began and what it said so far, or null for an ordinary brace. */
  const braces: ({ start: number; said: string } | null)[] = [];
  const readTemplate = (at: number, template: { start: number; said: string }): number => {
    TEMPLATE_PART.lastIndex = at;
    const part = TEMPLATE_PART.exec(text)?.[0] ?? '';
    const end = at + part.length;
    erase(at, end);
    const said = template.said + part;
    if (text.startsWith('${', end)) {
      braces.push({ start: template.start, said });
      return end + 2;
    }
    spans.push([template.start, said]);
    return end + 1;
  };
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    if (!match) break;
    const [token] = match;
    const start = match.index;
    at = start + token.length;
    if (token === '`') at = readTemplate(at, { start, said: '' });
    else if (token === '{') braces.push(null);
    else if (token === '}') {
      const template = braces.pop();
      if (template) at = readTemplate(at, template);
    } else if (token.startsWith('//') || token.startsWith('/*')) erase(start, at);
    else if (token.startsWith('/')) {
      if (BEFORE_REGEX.test(code.slice(Math.max(0, start - 20), start).join(''))) erase(start + 1, at - 1);
      else at = start + 1;
    } else {
      erase(start + 1, at - 1);
      spans.push([start, token.slice(1, -1)]);
    }
  }
  // Left open means misread, and what was misread would not be judged.
  if (braces.length > 0) throw new Error(`Cannot take apart: ${text.slice(0, 80)}`);
  return { code: code.join(''), spans };
}
