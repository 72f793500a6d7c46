import type { CredentialCheck } from '../../connectors/ads/contract.ts';
import type { CredentialStatus } from '../../db/enums.ts';
import { dayOf, daysBetween } from '../../lib/days.ts';

/** What is kept of a credential, beside the token. */
export interface CredentialState {
  status: CredentialStatus;
  scopes: readonly string[];
  expiresAt: Date | null;
}

/** What the platform's answer makes of what was known. */
export function judgeCheck(check: CredentialCheck, known: CredentialState, now: Date): CredentialState {
  if (!check.valid) {
    const expiresAt = check.expiresAt ?? known.expiresAt;
    const isOver = expiresAt !== null && expiresAt <= now;
    return { status: isOver ? 'EXPIRED' : 'REVOKED', scopes: known.scopes, expiresAt };
  }
  // Not every way of asking tells the end; one that was told before and has not come yet still holds.
  const told = known.expiresAt !== null && known.expiresAt > now ? known.expiresAt : null;
  return { status: 'VALID', scopes: check.scopes, expiresAt: check.expiresAt ?? told };
}

/** Days before the end at which people are told, the last first. */
const STAGES = [1, 7, 14] as const;
export type Stage = (typeof STAGES)[number];

/** Whole calendar days (UTC) to the end, at least 0. */
function daysLeft(expiresAt: Date, now: Date): number {
  return Math.max(0, daysBetween(dayOf(now, 'UTC'), dayOf(expiresAt, 'UTC')));
}

/** How close the end is: within 14, 7 or 1 days; null = it is further away or there is none. */
export function stageOf(expiresAt: Date | null, now: Date): Stage | null {
  if (expiresAt === null) return null;
  const days = daysLeft(expiresAt, now);
  return STAGES.find((stage) => days <= stage) ?? null;
}

export interface Warnable extends Pick<CredentialState, 'status' | 'expiresAt'> {
  /** What helps: `connect Facebook again`. */
  remedy: string;
  /** What the platform said of one that is not valid. */
  reason?: string | undefined;
}

/** What people should know about a credential and do; null = nothing. */
export function warningOf({ status, expiresAt, remedy, reason }: Warnable, now: Date): string | null {
  if (status === 'REVOKED')
    return `is not valid any more: ${remedy}${reason ? ` (${withoutEnd(reason)})` : ''}`;
  if (status === 'EXPIRED') return `expired${expiresAt ? ` on ${dayOf(expiresAt, 'UTC')}` : ''}: ${remedy}`;
  if (expiresAt === null || stageOf(expiresAt, now) === null) return null;
  const days = daysLeft(expiresAt, now);
  const when = days === 0 ? 'today' : `in ${String(days)} ${days === 1 ? 'day' : 'days'}`;
  return `expires ${when} on ${dayOf(expiresAt, 'UTC')}: ${remedy}`;
}

function withoutEnd(sentence: string): string {
  return sentence.replace(/\.$/, '');
}

export interface Checked extends Pick<CredentialState, 'status' | 'expiresAt'> {
  /** When it was asked; null = never. */
  checkedAt: Date | null;
  /** What was said of it then. */
  warning: string | null;
}

/**
 * Whether the log should say it: always of one that is not valid, otherwise once for each stage, so that a daily job
 * tells people 14, 7 and 1 days before.
 */
export function isNews(before: Checked, after: CredentialState, now: Date): boolean {
  if (after.status !== 'VALID') return true;
  const stage = stageOf(after.expiresAt, now);
  if (stage === null) return false;
  if (before.checkedAt === null || before.warning === null || before.status !== 'VALID') return true;
  return stageOf(before.expiresAt, before.checkedAt) !== stage;
}
