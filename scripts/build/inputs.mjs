import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * Every file below a folder, as paths from the root in a stable order. A missing folder has none.
 * @param {string} folder
 * @param {string[]} skipped folder names not entered
 * @returns {string[]}
 */
export function filesIn(folder, skipped = ['generated']) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return skipped.includes(entry.name) ? [] : filesIn(path, skipped);
      return [path];
    });
}

/**
 * A digest of names, sizes and times: cheap enough for every start.
 * @param {string[]} paths
 */
export function digestOfTimes(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    const stat = statSync(join(root, path), { throwIfNoEntry: false });
    hash.update(`${path}\0${stat?.size}\0${stat?.mtimeMs}\n`);
  }
  return hash.digest('hex');
}

/**
 * A digest of contents: the same in every checkout.
 * @param {string[]} texts
 */
export function digestOfTexts(texts) {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${text.length}\0${text}`);
  return hash.digest('hex');
}

/** @param {string} path */
export function readText(path) {
  return readFileSync(join(root, path), 'utf8');
}

/**
 * @param {string} path
 * @param {string} digest
 */
export function isStamped(path, digest) {
  return existsSync(join(root, path)) && readText(path) === digest;
}

/**
 * @param {string} path
 * @param {string} digest
 */
export function stamp(path, digest) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), digest);
}
