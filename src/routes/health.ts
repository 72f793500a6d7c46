import type { Hono } from 'hono';

export interface HealthOptions {
  /** True when the process can serve: its database answers and it is not stopping. */
  isReady: () => Promise<boolean>;
}

/** For load balancers: 200 or 503, without names or versions. */
export function addHealth(app: Hono, options: HealthOptions): void {
  app.get('/health/live', (c) => c.json({ status: 'ok' }));
  app.get('/health/ready', async (c) => {
    const ready = await options.isReady();
    return c.json({ status: ready ? 'ok' : 'unavailable' }, ready ? 200 : 503);
  });
}
