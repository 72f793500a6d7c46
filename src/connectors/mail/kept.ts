import { ConnectorError } from '../errors.ts';
import type { MailConnector } from './contract.ts';

/** RFC 2606 keeps `.invalid` free for what is nobody's. */
const NOWHERE = 'tributary.invalid';

/** Where no mail server is set: nothing leaves, everything stays readable. */
export function keptMail(domain = NOWHERE): MailConnector {
  const refuse = () =>
    Promise.reject(new ConnectorError('No mail server is set: set SMTP_URL.', { failure: 'FIX' }));
  return { delivers: false, domain, send: refuse, verify: refuse };
}
