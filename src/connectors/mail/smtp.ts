import { createTransport } from 'nodemailer';
import type { Secret } from '../../lib/secret.ts';
import type { Delivery, MailConnector, OutgoingMail } from './contract.ts';
import { smtpError } from './smtpError.ts';

export interface SmtpSettings {
  /** `smtp://user:password@host:587`, or `smtps://` for TLS from the start. */
  url: Secret;
  from: Mailbox;
  timeouts?: SmtpTimeouts;
}

export interface Mailbox {
  /** Empty = the address alone. */
  name: string;
  address: string;
}

/** Milliseconds. */
export interface SmtpTimeouts {
  /** Until there is a connection, and again until the server greets. */
  connect: number;
  /** Of silence. */
  idle: number;
  /** Of the whole sending of a mail: shorter than the time after which somebody else takes it over. */
  whole: number;
}

const TIMEOUTS: SmtpTimeouts = { connect: 10_000, idle: 30_000, whole: 90_000 };

/** Sends through one mail server, a connection a mail: nothing is left open between two mails. */
export function smtpMail({ url, from, timeouts = TIMEOUTS }: SmtpSettings): MailConnector {
  const transport = createTransport(connection(url, timeouts));
  return {
    delivers: true,
    domain: from.address.slice(from.address.lastIndexOf('@') + 1),
    send: async (mail) => {
      try {
        const { rejectedErrors = [] } = await transport.sendMail({
          ...message(mail, from),
          signal: AbortSignal.timeout(timeouts.whole),
        });
        return delivery(rejectedErrors);
      } catch (error) {
        throw smtpError(error);
      }
    },
    verify: async () => {
      try {
        await transport.verify();
      } catch (error) {
        throw smtpError(error);
      }
    },
  };
}

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/i;

/**
 * A password never goes over a network in the clear. On the machine itself nothing is encrypted: nobody listens there,
 * and local servers have certificates that nobody vouches for.
 */
function connection(url: Secret, timeouts: SmtpTimeouts) {
  const { protocol, hostname, port, username, password } = new URL(url.reveal());
  const secure = protocol === 'smtps:';
  const isLocal = LOOPBACK.test(hostname);
  return {
    host: hostname.replace(/^\[|\]$/g, ''),
    ...(port ? { port: Number(port) } : {}),
    secure,
    ignoreTLS: !secure && isLocal,
    requireTLS: !secure && !isLocal && username !== '',
    ...(username ? { auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) } } : {}),
    connectionTimeout: timeouts.connect,
    greetingTimeout: timeouts.connect,
    dnsTimeout: timeouts.connect,
    socketTimeout: timeouts.idle,
    logger: false,
    debug: false,
    disableFileAccess: true,
    disableUrlAccess: true,
  };
}

function message({ messageId, recipients, subject, html, text }: OutgoingMail, from: Mailbox) {
  return {
    from: from.name ? { name: from.name, address: from.address } : from.address,
    // As objects: an address is never taken apart as a list of them.
    to: recipients.map((address) => ({ name: '', address })),
    messageId,
    subject,
    html,
    text,
    // RFC 3834: no answers of absence to a machine.
    headers: { 'Auto-Submitted': 'auto-generated' },
  };
}

interface RejectedRecipient {
  responseCode?: number | undefined;
  recipient?: string | undefined;
}

function delivery(rejected: readonly RejectedRecipient[]): Delivery {
  const isForGood = ({ responseCode }: RejectedRecipient) =>
    responseCode === undefined || responseCode >= 500;
  const deferred = rejected.filter((error) => !isForGood(error));
  return {
    refused: rejected.length - deferred.length,
    deferred: deferred.flatMap(({ recipient }) => (recipient === undefined ? [] : [recipient])),
  };
}
