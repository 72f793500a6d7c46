/** What an e-mail says, in both forms. */
export interface Email {
  /** On one line. */
  subject: string;
  html: string;
  text: string;
}
