import type { User } from '../../generated/prisma/client.ts';

/** INVITED: has no password yet. */
export const USER_STATES = ['ACTIVE', 'INVITED', 'DISABLED'] as const;
export type UserState = (typeof USER_STATES)[number];

export function userState(user: Pick<User, 'disabledAt' | 'passwordHash'>): UserState {
  if (user.disabledAt) return 'DISABLED';
  return user.passwordHash === null ? 'INVITED' : 'ACTIVE';
}
