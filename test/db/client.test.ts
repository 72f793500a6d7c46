import { expect, it, inject } from 'vitest';
import pg from 'pg';
it('m', async () => {
  const c = new pg.Client({ connectionString: inject('postgresUrl') });
  await c.connect();
  for (const s of ['FILE_COPY', 'WAL_LOG', 'FILE_COPY', 'WAL_LOG']) {
    let t = performance.now();
    for (let i = 0; i < 10; i++)
      await c.query(`create database x${s}${i} template tributary_template strategy ${s}`);
    console.log(s, (performance.now() - t) / 10);
    t = performance.now();
    for (let i = 0; i < 10; i++) await c.query(`drop database x${s}${i} with (force)`);
    console.log('drop', (performance.now() - t) / 10);
  }
  await c.end();
});
