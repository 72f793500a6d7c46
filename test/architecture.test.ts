import { describe, expect, it } from 'vitest';
import { DOOR_RULES } from './architecture/doors.ts';
import { IMPORT_RULES } from './architecture/imports.ts';
import { NAME_RULES } from './architecture/names.ts';
import { REGISTRY_RULES } from './architecture/registries.ts';
import type { Example } from './architecture/rule.ts';
import { TEST_RULES } from './architecture/tests.ts';
import { parseSource, readSources } from './support/sources.ts';

const RULES = [...IMPORT_RULES, ...DOOR_RULES, ...NAME_RULES, ...REGISTRY_RULES, ...TEST_RULES];
const sources = readSources(['src', 'sandbox', 'bench', 'scripts', 'test', 'web']);
const parse = ({ path, text }: Example) => parseSource(path, text);

describe.each(RULES)('$name', (rule) => {
  const beside = (rule.beside ?? []).map(parse);

  it('everywhere', () => {
    const findings = sources.flatMap((source) => rule.check(source, sources));
    expect(findings.map(({ path, line, message }) => `${path}:${String(line)}: ${message}`)).toEqual([]);
  });

  it.each(rule.bad)('catches: $path $text', (example) => {
    expect(rule.check(parse(example), beside)).not.toEqual([]);
  });

  it.each(rule.good)('lets through: $path $text', (example) => {
    expect(rule.check(parse(example), beside)).toEqual([]);
  });
});

it('reads the sources it judges', () => {
  expect(sources.map((source) => source.path)).toContain('src/context.ts');
});
