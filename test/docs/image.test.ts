import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { format } from 'prettier';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config.ts';
import { packageRoot } from '../../src/lib/packageRoot.ts';

const read = (path: string) => readFileSync(join(packageRoot(), path), 'utf8');

interface Instruction {
  word: string;
  rest: string;
  /** From 0; -1 before the first FROM. */
  stage: number;
}

/** A line each, comments away, continued lines joined. */
function instructions(): Instruction[] {
  const text = read('Dockerfile')
    .replaceAll(/^#.*\n/gm, '')
    .replaceAll(/\\\n\s*/g, ' ');
  let stage = -1;
  return text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const [word = '', ...rest] = line.trim().split(/ +/);
      if (word === 'FROM') stage += 1;
      return { word, rest: rest.join(' '), stage };
    });
}

const all = instructions();
const last = Math.max(...all.map(({ stage }) => stage));
const final = all.filter(({ stage }) => stage === last);
const only = (word: string) => final.filter((each) => each.word === word).map(({ rest }) => rest);

/** Sources of COPY that come from this folder. */
const copied = all
  .filter(({ word, rest }) => word === 'COPY' && !rest.startsWith('--from='))
  .flatMap(({ rest }) => rest.split(' ').slice(0, -1));

describe('the Dockerfile', () => {
  it('copies only what is there, and what .dockerignore lets in', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    expect(read('.dockerignore').split('\n')).toContain('*');
    for (const path of copied) {
      expect([path, existsSync(join(packageRoot(), path))]).toEqual([path, true]);
      expect(allowed).toContain(path.split('/')[0]);
    }
    for (const secret of ['.env', '.tributary', '.git', 'node_modules'])
      expect(allowed).not.toContain(secret);
  });

  it('copies everything that the installed package has', () => {
    const { files } = JSON.parse(read('package.json')) as { files: string[] };
    const targets = only('COPY').flatMap((rest) => rest.replace(/^--from=\S+ /, '').split(' '));
    const there = targets.map((path) => path.replace(/^\/app\//, ''));
    expect(there).toEqual(expect.arrayContaining(files));
  });

  it('installs for production alone and runs no script of a package', () => {
    const [install = ''] = only('RUN');
    for (const option of ['dev', 'optional', 'peer']) expect(install).toContain(`--omit=${option}`);
    for (const { rest } of all.filter(({ word, rest: run }) => word === 'RUN' && run.startsWith('npm ci'))) {
      expect(rest).toContain('--ignore-scripts');
    }
  });

  it('runs as nobody of weight, is stopped in order and is asked for its health by what is in it', () => {
    expect(only('USER')).toEqual(['1000:1000']);
    expect(final.findIndex(({ word }) => word === 'USER')).toBeGreaterThan(
      final.findLastIndex(({ word }) => word === 'RUN' || word === 'COPY'),
    );
    expect(only('STOPSIGNAL')).toEqual(['SIGTERM']);
    for (const command of [...only('ENTRYPOINT'), ...only('CMD')])
      expect(JSON.parse(command)).toBeInstanceOf(Array);
    const [health = ''] = only('HEALTHCHECK');
    const [program, ...given] = JSON.parse(health.slice(health.indexOf('['))) as string[];
    expect([program, given[0]]).toEqual(['node', '-e']);
    expect(given[1]).toContain('/health/live');
  });

  it('has an environment that the server takes, without any secret', () => {
    const env = Object.fromEntries(
      only('ENV')[0]
        ?.split(' ')
        .map((pair) => pair.split('=')) ?? [],
    ) as Record<string, string>;
    const outside = {
      DATABASE_URL: 'postgresql://db/ads',
      TRIBUTARY_SECRET_KEYS: `k1:${Buffer.alloc(32).toString('base64')}`,
    };
    expect(readConfig({ ...env, ...outside })).toMatchObject({
      sandbox: false,
      host: '0.0.0.0',
      port: 4000,
      production: true,
    });
    for (const name of Object.keys(outside)) expect(Object.keys(env)).not.toContain(name);
  });

  it('is of a Node that the package supports', () => {
    const [, major = '0'] = /NODE_IMAGE=node:(\d+)-bookworm-slim/.exec(read('Dockerfile')) ?? [];
    expect(Number(major)).toBeGreaterThanOrEqual(20);
    expect(read('.github/workflows/ci.yml')).toContain(`'${major}'`);
  });
});

describe('compose.yaml', () => {
  const text = read('compose.yaml');
  /** The lines below `  name:` at this depth. */
  const block = (name: string) => new RegExp(`^  ${name}:\\n((?: {4}.*\\n|\\n)+)`, 'm').exec(text)?.[1] ?? '';

  it('is YAML', async () => {
    expect(await format(text, { parser: 'yaml', singleQuote: true, printWidth: 110 })).toBe(text);
  });

  it('has PostgreSQL 18, one api and two workers', () => {
    expect(block('database')).toContain('image: postgres:18');
    expect(block('database')).toContain('pg_isready');
    expect(block('api')).toContain('TRIBUTARY_ROLE: api');
    expect(block('worker')).toContain('TRIBUTARY_ROLE: worker');
    expect(block('worker')).toContain('replicas: 2');
  });

  it('gives the processes a file system that cannot be written', () => {
    const shared = /^x-tributary: &tributary\n((?: {2}.*\n)+)/m.exec(text)?.[1] ?? '';
    for (const line of [
      'read_only: true',
      'tmpfs:',
      'env_file: .env',
      'service_healthy',
      'no-new-privileges:true',
    ]) {
      expect(shared).toContain(line);
    }
    for (const name of ['api', 'worker']) expect(block(name)).toContain('<<: *tributary');
  });

  it('holds no secret: what it needs comes from .env, which git leaves out', () => {
    expect(read('.gitignore').split('\n')).toContain('.env');
    const lines = text
      .split('\n')
      .filter((line) => !/^\s*#/.test(line) && /PASSWORD|KEY|TOKEN|SECRET|DATABASE_URL/.test(line));
    expect(lines.length).toBeGreaterThan(0);
    const withoutNames = lines.map((line) => line.replaceAll(/\$\{\w+:\?[^}]*\}/g, '…'));
    for (const line of withoutNames) expect(line).toMatch(/^\s+(?:\w+: …|DATABASE_URL: [^…]*:…@.*)$/);
  });
});
