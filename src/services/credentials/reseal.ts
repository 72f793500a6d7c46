import type { Sql } from '../../db/sql.ts';
import { seal, unseal, UnsealError } from '../../lib/crypto.ts';
import type { EncryptionKey, KeyRing } from '../../lib/keyRing.ts';
import { stateBinding } from './oauth/state.ts';
import { credentialBinding } from './seal.ts';
import type { SealedRow } from './sql.ts';
import { otherCredentials, otherStates, resealCredentials, resealStates } from './sql.ts';

/** A kind of encrypted values: where they stand and what they are bound to. */
export interface SealedStore {
  /** For people: `credentials`. */
  name: string;
  /** Values that another key than the first encrypted, in the order of their ids. */
  page(sql: Sql, input: PageInput): Promise<BoundRow[]>;
  /** Stores the changes of values that are still as they were read; how many those were. */
  write(sql: Sql, changes: Resealed): Promise<number>;
}

export interface PageInput {
  firstKeyId: string;
  /** The last id of the page before; '' for the first page. */
  after: string;
  limit: number;
}

/** An encrypted value and the associated data it was encrypted with. */
export interface BoundRow extends SealedRow {
  binding: string;
}

/** The same values under the first key. */
export interface Resealed {
  keyId: string;
  changes: { id: string; before: Buffer; after: Buffer }[];
}

/** A value that no key of the ring opens. */
export interface ClosedRow {
  store: string;
  id: string;
  keyId: string;
}

const credentials: SealedStore = {
  name: 'credentials',
  page: async (sql, { firstKeyId, after, limit }) => {
    const rows = await otherCredentials.all(sql, firstKeyId, after, limit);
    return rows.map((row) => ({ ...row, binding: credentialBinding(row) }));
  },
  write: (sql, resealed) => resealCredentials.run(sql, ...columnsOf(resealed)),
};

const states: SealedStore = {
  name: 'oauth_states',
  page: async (sql, { firstKeyId, after, limit }) => {
    const rows = await otherStates.all(sql, firstKeyId, after, limit);
    return rows.map((row) => ({ ...row, binding: stateBinding(Buffer.from(row.id, 'hex'), row) }));
  },
  write: (sql, resealed) => resealStates.run(sql, ...columnsOf(resealed)),
};

/** As arrays, the way one statement takes many rows. */
function columnsOf({ keyId, changes }: Resealed) {
  return [
    keyId,
    changes.map(({ id }) => id),
    changes.map(({ before }) => before),
    changes.map(({ after }) => after),
  ] as const;
}

/** Everything that is encrypted. A new kind is one entry here, and one line in `countByKey` and `holdSealed`. */
export const SEALED_STORES: readonly SealedStore[] = [credentials, states];

/** Decrypts with whatever key each value has and encrypts with `first`; tells which cannot be opened. */
export function planReseal(
  ring: Pick<KeyRing, 'find'>,
  first: EncryptionKey,
  rows: readonly BoundRow[],
): Resealed & { closed: BoundRow[] } {
  const plan: Resealed & { closed: BoundRow[] } = { keyId: first.id, changes: [], closed: [] };
  for (const row of rows) {
    try {
      const text = unseal(ring, row, row.binding);
      const { ciphertext } = seal({ first: () => first }, text, row.binding);
      plan.changes.push({ id: row.id, before: row.ciphertext, after: ciphertext });
    } catch (error) {
      if (!(error instanceof UnsealError)) throw error;
      plan.closed.push(row);
    }
  }
  return plan;
}
