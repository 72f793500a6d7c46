import { ConnectorError } from '../errors.ts';

interface SmtpFailure {
  code: string;
  /** The reply's first three digits; null when there was no reply. */
  reply: number | null;
  /** `5.1.1` of RFC 3463, or ''. */
  enhanced: string;
  /** The command that was replied to: `RCPT TO`, or ''. */
  command: string;
}

/** What went wrong on the way to the server, which is nothing that the mail can do about. */
const WAY: Readonly<Record<string, string>> = {
  EDNS: 'The name of the mail server cannot be resolved',
  ETLS: 'The mail server offers no encryption that can be trusted',
  ETIMEDOUT: 'The mail server did not answer in time',
  EABORT: 'The mail server did not take the mail in time',
};
const NO_CONNECTION = 'The connection to the mail server failed';

/** Where the library speaks of the mail itself; any other code is of the way to the server. */
const ABOUT_MAIL: readonly string[] = ['EENVELOPE', 'EMESSAGE'];
const ABOUT_LOGIN: readonly string[] = ['EAUTH', 'ENOAUTH', 'EOAUTH2'];

/** Closing down, and bad sequence of commands: the same mail may go over the next connection. */
const ABOUT_CONNECTION: readonly number[] = [421, 503];

/**
 * What to do about a mail that did not go (RFC 5321 §4.2.1: 4yz may go later, 5yz never will). Of the server's reply only
 * its numbers are kept: its words can hold addresses, and what it was sent.
 */
export function smtpError(error: unknown): ConnectorError {
  const failure = failureOf(error);
  const { code, reply } = failure;
  if (ABOUT_LOGIN.includes(code)) return loginError(reply);
  if (!ABOUT_MAIL.includes(code)) {
    const why = wordsOf(failure) || code;
    return new ConnectorError(`${WAY[code] ?? NO_CONNECTION}${why && ` (${why})`}.`, { failure: 'RETRY' });
  }
  if (reply === null) return new ConnectorError(`The mail cannot be sent (${code}).`, { failure: 'FIX' });
  const isForGood = reply >= 500 && !ABOUT_CONNECTION.includes(reply);
  return new ConnectorError(
    `The mail server ${isForGood ? 'refused the mail for good' : 'asks to try again later'}: ${wordsOf(failure)}.`,
    { failure: isForGood ? 'FIX' : 'RETRY', status: reply },
  );
}

function loginError(reply: number | null): ConnectorError {
  const why = reply === null ? '' : ` (${String(reply)})`;
  return new ConnectorError(
    `The mail server refused the login${why}: check the user and the password in SMTP_URL.`,
    { failure: 'REAUTHORIZE', concerns: 'CREDENTIAL', ...(reply === null ? {} : { status: reply }) },
  );
}

/** `550 5.1.1 to RCPT TO`; '' without a reply. */
function wordsOf({ reply, enhanced, command }: SmtpFailure): string {
  return reply === null
    ? ''
    : [String(reply), enhanced, command && `to ${command}`].filter(Boolean).join(' ');
}

function failureOf(error: unknown): SmtpFailure {
  const { code, responseCode, response, command } = (
    typeof error === 'object' && error !== null ? error : {}
  ) as {
    [name in 'code' | 'responseCode' | 'response' | 'command']?: unknown;
  };
  const reply = typeof responseCode === 'number' && responseCode >= 400 ? responseCode : null;
  return {
    code: typeof code === 'string' && /^E[A-Z0-9]+$/.test(code) ? code : '',
    reply,
    enhanced:
      /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(typeof response === 'string' ? response : '')?.[1] ?? '',
    command:
      typeof command === 'string' && /^(?:MAIL FROM|RCPT TO|DATA|CONN|EHLO|HELO|STARTTLS)$/.test(command)
        ? command
        : '',
  };
}
