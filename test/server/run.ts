import type { Context } from '../../src/context.ts';
import { createClient } from '../../src/services/clients/create.ts';

/** A run that is under way, of a client of its own; nothing works on it. */
export async function insertRun(system: Context): Promise<string> {
  const name = `Running ${Math.random().toString(36).slice(2)}`;
  const client = await createClient(system, { name, timezone: 'UTC', currency: 'EUR' });
  const run = await system.db.prisma.run.create({
    data: {
      kind: 'ADS_SYNC',
      trigger: 'MANUAL',
      status: 'RUNNING',
      clientId: client.id,
      workKey: name,
      parameters: {},
      tasksTotal: 2,
      requestedBy: 'test',
    },
  });
  return run.id;
}
