import type { Sandbox } from '../../sandbox/index.ts';

/** How often each page of insights was asked for, by account. */
export function pagesAsked(sandbox: Sandbox): Map<string, Map<string, number>> {
  const asked = new Map<string, Map<string, number>>();
  for (const { path, query: parameters, account, fault } of sandbox.meta.ledger.requests()) {
    if (!path.includes('insights') || account === null || (fault !== null && fault !== 'delay')) continue;
    const pages = asked.get(account) ?? new Map<string, number>();
    const page = JSON.stringify(parameters);
    pages.set(page, (pages.get(page) ?? 0) + 1);
    asked.set(account, pages);
  }
  return asked;
}
