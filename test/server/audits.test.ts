import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TestApp } from '../support/app.ts';
import { startTestApp } from '../support/app.ts';

let test: TestApp;

beforeAll(async () => {
  test = await startTestApp({ jobs: false, config: { production: true } });
});
afterAll(() => test.stop());

// Some audits ask for a type by name, which in production only an admin may.
const asAdmin = (url: string, init: RequestInit = {}) =>
  fetch(url, {
    ...init,
    headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${test.adminKey}` },
  });

const audits = serverAudits({ url: () => test.graphqlUrl, fetchFn: asAdmin });

describe('GraphQL over HTTP, in production', () => {
  it('has 61 audits', () => {
    expect(audits).toHaveLength(61);
  });

  it.each(audits.map((audit) => [audit.id, audit.name, audit]))('%s %s', async (_id, _name, audit) => {
    const result = await audit.fn();
    expect({ status: result.status, reason: 'reason' in result ? result.reason : null }).toEqual({
      status: 'ok',
      reason: null,
    });
  });
});
