import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import type { Email } from 'postal-mime';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';
import { smtpMail } from '../../src/connectors/mail/smtp.ts';
import type { MailConnector } from '../../src/connectors/mail/contract.ts';
import { Secret } from '../../src/lib/secret.ts';

/** What the server does with a mail whose DATA has come, or is coming. */
export type Fate =
  | 'ACCEPT'
  /** Never answers again. */
  | 'HANG'
  /** Cuts the connection in the middle of DATA. */
  | 'CUT'
  /** Takes the whole mail and cuts the connection before it says so. */
  | 'DIE'
  /** Answers with this code. */
  | number;

export interface ReceivedMail {
  from: string;
  to: string[];
  raw: string;
  parsed: Email;
}

export interface SmtpOptions {
  /** Of the n-th mail, from 0. */
  fate?: (n: number) => Fate;
  /** Reply to a recipient; 250 when left out. */
  recipient?: (address: string) => number;
  login?: { user: string; password: string };
  /** Called before each mail is answered. */
  before?: () => Promise<void>;
}

export interface TestSmtp {
  url: string;
  /** Every mail whose DATA came whole, answered or not. */
  received: ReceivedMail[];
  /** Connections so far. */
  connections(): number;
  connector(timeouts?: Partial<{ connect: number; idle: number; whole: number }>): MailConnector;
  stop(): Promise<void>;
}

/** A real mail server on this machine. */
export async function startSmtp(options: SmtpOptions = {}): Promise<TestSmtp> {
  const { fate = () => 'ACCEPT', recipient = () => 250, login, before } = options;
  const received: ReceivedMail[] = [];
  const sockets = new Set<Socket>();
  let mails = 0;
  let connections = 0;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  const server = new SMTPServer({
    hideSTARTTLS: true,
    logger: false,
    authOptional: !login,
    ...(login ? {} : { disabledCommands: ['AUTH'] }),
    onAuth: ({ username, password }, _session, callback) => {
      if (username === login?.user && password === login?.password) callback(null, { user: username });
      else callback(reply(535, `no such user ${String(username)} with ${String(password)}`));
    },
    onRcptTo: ({ address }, _session, callback) => {
      const code = recipient(address);
      callback(code === 250 ? null : reply(code, `5.1.1 ${address} is not here`));
    },
    onData: (stream, session, callback) => {
      const what = fate(mails++);
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => {
        chunks.push(chunk);
        if (what === 'CUT') cut();
      });
      stream.on('end', () => {
        if (what === 'CUT') return;
        void (async () => {
          const raw = Buffer.concat(chunks);
          const { mailFrom, rcptTo } = session.envelope;
          if (typeof what !== 'number') {
            received.push({
              from: mailFrom ? mailFrom.address : '',
              to: rcptTo.map(({ address }) => address),
              raw: raw.toString('utf8'),
              parsed: await PostalMime.parse(raw),
            });
          }
          await before?.();
          if (what === 'DIE') cut();
          else if (what === 'ACCEPT') callback();
          else if (what !== 'HANG') callback(reply(what, 'the words of the server'));
        })();
      });
    },
  });
  server.on('error', () => undefined);
  server.server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(0, '127.0.0.1');
  await once(server.server, 'listening');
  const { port } = server.server.address() as AddressInfo;
  const who = login ? `${encodeURIComponent(login.user)}:${encodeURIComponent(login.password)}@` : '';
  const url = `smtp://${who}127.0.0.1:${String(port)}`;
  return {
    url,
    received,
    connections: () => connections,
    connector: (timeouts = {}) => connectorTo(url, timeouts),
    stop: async () => {
      cut();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

export const SENDER = { name: 'Отчёты', address: 'reports@agency.example' };

export function connectorTo(
  url: string,
  timeouts: Partial<{ connect: number; idle: number; whole: number }> = {},
): MailConnector {
  return smtpMail({
    url: new Secret(url),
    from: SENDER,
    timeouts: { connect: 2_000, idle: 2_000, whole: 5_000, ...timeouts },
  });
}

function reply(responseCode: number, message: string): Error {
  return Object.assign(new Error(message), { responseCode });
}
