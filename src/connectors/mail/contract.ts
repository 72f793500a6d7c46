/** A mail as it goes out. */
export interface OutgoingMail {
  /** The Message-ID header, with its angle brackets: the same for every try, so that who gets it twice can tell. */
  messageId: string;
  recipients: readonly string[];
  subject: string;
  html: string;
  text: string;
}

/** What the server took. */
export interface Delivery {
  /** Recipients it refused for good, when it took the mail for others. */
  refused: number;
  /** Recipients it asks to try again later, when it took the mail for others. */
  deferred: string[];
}

/** How mails leave the house. */
export interface MailConnector {
  /** False: none does; they are kept to be read. */
  delivers: boolean;
  /** What stands behind the @ of every Message-ID. */
  domain: string;
  /**
   * Resolves when the server has taken the mail for at least one recipient. Throws ConnectorError: FIX = refused for
   * good, RETRY = may go in a while, REAUTHORIZE = the login is refused; without `status` there was no connection.
   */
  send(mail: OutgoingMail): Promise<Delivery>;
  /** Connects and signs in. Throws ConnectorError. */
  verify(): Promise<void>;
}
