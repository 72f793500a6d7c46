import type { ErrorCode } from '../../errors.ts';
import { AppError } from '../../errors.ts';

/** What an action was done to. */
export interface Subject {
  /** The client it concerns; null = none, or several. */
  clientId: string | null;
  /** `Type:id`, such as `ApiKey:4d9f…`. */
  target: string | null;
}

export const NO_SUBJECT: Subject = { clientId: null, target: null };

/** A refusal whose record in the audit log names whom it was about; the caller is not told. */
export class RefusalOf extends AppError {
  readonly target: string | null;

  constructor(target: string | null, code: ErrorCode, message: string) {
    super(code, message);
    this.target = target;
  }
}
