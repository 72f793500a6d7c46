import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectAccount } from '../../../src/services/accounts/connect.ts';
import { connect, credentialsOf, newClient } from '../../routes/browser.ts';
import type { TestApp } from '../../support/app.ts';
import { startTestApp } from '../../support/app.ts';

let test: TestApp;
beforeAll(async () => {
  test = await startTestApp({ jobs: false });
});
afterAll(() => test.stop());

const demoAccount = ({ sandbox }: TestApp) => sandbox.demoClients[0]?.accounts[0]?.externalId ?? '';

describe('tokens that could spend budget', () => {
  const spending = { grant: 'ads_management' };
  const enough =
    /ads_management, with which it could change campaigns.*ads_read; business_management is optional/;

  it('are refused from the browser', async () => {
    const clientId = await newClient(test);
    const page = await connect(test, { clientId, platform: 'META', extra: spending });
    expect([page.status, await credentialsOf(test, clientId)]).toEqual([400, []]);
    expect(page.text).toMatch(enough);
  });

  it('are refused when given by hand, and nothing is stored', async () => {
    const clientId = await newClient(test);
    const input = { clientId, platform: 'META', externalId: demoAccount(test), token: 'sandbox-spending' };
    await expect(connectAccount(test.system, input)).rejects.toThrow(enough);
    expect(await credentialsOf(test, clientId)).toEqual([]);
  });

  it('are taken both ways by a server that was told so', async () => {
    const bold = await startTestApp({ jobs: false, config: { allowSpendingTokens: true } });
    try {
      const clientId = await newClient(bold);
      const page = await connect(bold, { clientId, platform: 'META', extra: spending });
      expect(page.status).toBe(200);
      const [credential] = await credentialsOf(bold, clientId);
      expect(credential?.scopes).toContain('ads_management');
      const externalId = demoAccount(bold);
      const input = { clientId, platform: 'META', externalId, token: 'sandbox-spending' };
      await connectAccount(bold.system, input);
    } finally {
      await bold.stop();
    }
  });
});
