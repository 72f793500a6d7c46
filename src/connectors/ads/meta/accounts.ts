import { z } from 'zod';
import type { AccountAccess, AccountDescription, AccountListing, TokenLook } from '../contract.ts';
import type { Graph, GraphCall } from './api.ts';
import { accountCall, PAGE_ROWS } from './calls.ts';
import { ACCOUNT_FIELDS } from './fields.ts';
import { pages } from './pages.ts';
import { account } from './structure.ts';

const params = { fields: ACCOUNT_FIELDS.join(',') };

export async function describeAccount(graph: Graph, access: AccountAccess): Promise<AccountDescription> {
  return (await graph(accountCall(access, '', params), account)).value;
}

const numbered = z.object({ account_id: z.string().regex(/^\d{1,30}$/) });

/** Why an account cannot be counted in, by the member of its row that is wrong. */
const REASONS: Readonly<Record<string, string>> = {
  account_id: 'Meta does not tell its id.',
  currency: 'Meta does not tell its currency.',
  timezone_name: 'Meta tells no time zone, or one that is not known here.',
};

/** Every account of the token, each once; rows that cannot be counted in with the reason. */
export async function listAccounts(graph: Graph, { token, signal }: TokenLook): Promise<AccountListing> {
  const accounts = new Map<string, AccountDescription>();
  const unusable = new Map<string, { externalId: string; reason: string }>();
  const call: GraphCall = { path: 'me/adaccounts', params, limit: PAGE_ROWS, token, accountId: '', signal };
  for await (const { rows } of pages(graph, call)) {
    for (const row of rows) {
      const read = account.safeParse(row);
      if (read.success) accounts.set(read.data.externalId, read.data);
      else {
        const known = numbered.safeParse(row).data;
        const externalId = known === undefined ? 'act_?' : `act_${known.account_id}`;
        const reason =
          REASONS[String(read.error.issues[0]?.path[0])] ?? 'Meta describes it in an unknown way.';
        unusable.set(externalId, { externalId, reason });
      }
    }
  }
  return { accounts: [...accounts.values()], unusable: [...unusable.values()] };
}
