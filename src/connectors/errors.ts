/**
 * What to do about a failed call, decided by the vendor's error table:
 * REAUTHORIZE a person must renew the credential · WAIT the platform asked for a pause, until `retryAt` when it
 * said so · RETRY the same call may work in a moment · FIX neither waiting nor a new token helps: the request,
 * the account or this program has to change.
 */
export const FAILURES = ['REAUTHORIZE', 'WAIT', 'RETRY', 'FIX'] as const;
export type Failure = (typeof FAILURES)[number];

/**
 * Whose trouble it is: CREDENTIAL the token is good for nothing any more, so no call with it makes sense · ACCOUNT only
 * the account (or the one request) that was asked for.
 */
export type Concern = 'CREDENTIAL' | 'ACCOUNT';

export interface ConnectorErrorDetails {
  failure: Failure;
  /** ACCOUNT when left out. */
  concerns?: Concern;
  /** HTTP status of the answer; absent when none arrived. */
  status?: number;
  /** The vendor's own code, `190/463`, for people to look up. */
  vendorCode?: string;
  /** When the platform will take calls again. */
  retryAt?: Date;
  cause?: unknown;
}

/** A call to the outside world that failed. The message is safe to show: no token, no URL, no personal data. */
export class ConnectorError extends Error {
  override readonly name = 'ConnectorError';
  readonly failure: Failure;
  readonly concerns: Concern;
  readonly status: number | undefined;
  readonly vendorCode: string | undefined;
  readonly retryAt: Date | undefined;

  constructor(message: string, details: ConnectorErrorDetails) {
    super(message, { cause: details.cause });
    this.failure = details.failure;
    this.concerns = details.concerns ?? 'ACCOUNT';
    this.status = details.status;
    this.vendorCode = details.vendorCode;
    this.retryAt = details.retryAt;
  }
}
