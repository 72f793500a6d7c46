import * as oauth from 'oauth4webapi';
import { HttpError } from '../../../lib/http.ts';
import type { Concern, ConnectorErrorDetails } from '../../errors.ts';
import { ConnectorError } from '../../errors.ts';

interface Verdict {
  failure: ConnectorErrorDetails['failure'];
  concerns?: Concern;
  /** What it means and what to do, for people. */
  say: string;
}

/** By the `error` of a token endpoint's answer: RFC 6749, 5.2, and Google's "OAuth 2.0 for Web Server Applications". */
const TABLE: Readonly<Record<string, Verdict>> = {
  invalid_grant: {
    failure: 'REAUTHORIZE',
    concerns: 'CREDENTIAL',
    say: 'Google refused the authorisation: it is not valid any more. Connect again.',
  },
  invalid_client: {
    failure: 'FIX',
    say: 'Google refused the client id or secret: check GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET.',
  },
  redirect_uri_mismatch: {
    failure: 'FIX',
    say: 'Google was called with another address than the dialog: check PUBLIC_URL.',
  },
  temporarily_unavailable: { failure: 'RETRY', say: 'Google is temporarily unavailable.' },
};

const SERVER_ERROR = 500;
const TOO_MANY = 429;

/** True for a grant that will never work again. */
export function isDeadGrant(error: unknown): boolean {
  return error instanceof ConnectorError && error.vendorCode === 'invalid_grant';
}

/**
 * What went wrong at the token endpoint, in our terms. The library's errors hold whole answers, and with them tokens,
 * so none is kept as a cause. Rethrows the signal's reason.
 */
export function toConnectorError(error: unknown, signal?: AbortSignal): unknown {
  if (signal?.aborted) return signal.reason;
  if (error instanceof HttpError) {
    return new ConnectorError(`Google: ${error.message}`, { failure: 'RETRY', cause: error });
  }
  if (error instanceof oauth.ResponseBodyError) {
    const { error: vendorCode, status } = error;
    const { say, ...verdict } = TABLE[vendorCode] ?? byStatus(status);
    const known = /^\w{1,60}$/.test(vendorCode) ? { vendorCode } : {};
    return new ConnectorError(say, { ...verdict, status, ...known });
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError) return refusedClient(error.status);
  if (error instanceof oauth.OperationProcessingError) {
    return new ConnectorError('Google sent an answer that cannot be read.', { failure: 'RETRY' });
  }
  return error;
}

/** A 401 with a challenge in its headers is about the app, never about a person's grant: RFC 6749, 5.2. */
function refusedClient(status: number): ConnectorError {
  const { failure, say } = TABLE['invalid_client'] ?? byStatus(status);
  return new ConnectorError(say, { failure, status, vendorCode: 'invalid_client' });
}

function byStatus(status: number): Verdict {
  if (status === TOO_MANY) return { failure: 'WAIT', say: 'Google limits the calls.' };
  if (status >= SERVER_ERROR) return { failure: 'RETRY', say: 'Google had a server error.' };
  return { failure: 'FIX', say: 'Google refused the call.' };
}
