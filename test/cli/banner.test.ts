import { expect, it } from 'vitest';
import { describeReady } from '../../src/cli/banner.ts';
import { Secret } from '../../src/lib/secret.ts';

const SERVER = {
  url: 'http://127.0.0.1:4000',
  graphql: 'http://127.0.0.1:4000/graphql',
  adminKey: new Secret('trb_admin_abc'),
  adminKeyIsNew: false,
  sandbox: { meta: 'http://127.0.0.1:5000', google: null, crm: null },
};
const EMBEDDED = { adminKey: null, databaseUrl: null, dataDir: '.tributary' };

it('shows a new key in full, and where it is kept', () => {
  const text = describeReady({ ...SERVER, adminKeyIsNew: true }, EMBEDDED);
  expect(text).toContain('Admin key  trb_admin_abc');
  expect(text).toContain('kept in .tributary/admin.key');
});

it('says later where the key is kept, and no longer the key', () => {
  const text = describeReady(SERVER, EMBEDDED);
  expect(text).toContain('as printed at the first start, kept in .tributary/admin.key');
  expect(text).toContain('Bearer $(cat .tributary/admin.key)');
  expect(text).not.toContain('trb_admin_abc');
});

it('never shows a key that came from the environment', () => {
  const given = { ...EMBEDDED, adminKey: SERVER.adminKey };
  const text = describeReady(SERVER, given);
  expect(text).toContain('the one in TRIBUTARY_ADMIN_KEY');
  expect(text).not.toContain('trb_admin_abc');
});

it('names no file where the key of an external database is only kept as a hash', () => {
  const external = { ...EMBEDDED, databaseUrl: 'postgresql://db.example.com/ads' };
  expect(describeReady({ ...SERVER, adminKeyIsNew: true }, external)).toContain('only a hash of it is kept');
  const later = describeReady({ ...SERVER, adminKey: null }, external);
  expect(later).toContain('as printed at the first start\n');
  expect(later).not.toMatch(/admin\.key|db\.example/);
});

it('gives a place to look at and no key for a worker', () => {
  const text = describeReady({ ...SERVER, graphql: null, adminKeyIsNew: true }, EMBEDDED);
  expect(text).toContain('http://127.0.0.1:4000/health/ready');
  expect(text).not.toContain('trb_admin_abc');
});

it('names the pretended platforms that run', () => {
  expect(describeReady(SERVER, EMBEDDED)).toContain('http://127.0.0.1:5000  (pretended Meta)');
  expect(describeReady({ ...SERVER, sandbox: null }, EMBEDDED)).not.toContain('pretended');
});
