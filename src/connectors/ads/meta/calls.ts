import { z } from 'zod';
import { ConnectorError } from '../../errors.ts';
import type { AccountAccess } from '../contract.ts';
import type { GraphCall } from './api.ts';

export const PAGE_ROWS = 500;

const accountNumber = z.string().regex(/^(act_)?\d{1,30}$/);

/** A call about the account of `access`; `edge` starts with a slash. Throws FIX for an id that is none. */
export function accountCall(access: AccountAccess, edge: string, params: Record<string, string>): GraphCall {
  const accountId = accountIdOf(access);
  return callAbout(access, { path: `act_${accountId}${edge}`, params });
}

/** A call that counts for the account of `access` but is about another object. */
export function callAbout(
  access: AccountAccess,
  what: { path: string; params?: Record<string, string> },
): GraphCall {
  const { token, signal, gate } = access;
  return { ...what, token, accountId: accountIdOf(access), signal, gate };
}

/** Digits without `act_`. */
export function accountIdOf(access: AccountAccess): string {
  if (!accountNumber.safeParse(access.externalId).success) {
    throw new ConnectorError('A Meta ad account is written act_ and digits.', { failure: 'FIX' });
  }
  return access.externalId.replace('act_', '');
}
