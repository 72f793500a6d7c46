import type pg from 'pg';

interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** COPY FROM STDIN over pg's own connection: what pg calls on a query while it answers. */
export function copyIn(client: pg.ClientBase, statement: string, text: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: unknown;
    const submittable = {
      submit: (connection: CopyConnection) => connection.query(statement),
      handleCopyInResponse: (connection: CopyConnection) => {
        const step = 65_536;
        for (let at = 0; at < text.length; at += step)
          connection.sendCopyFromChunk(text.subarray(at, at + step));
        connection.endCopyFrom();
      },
      handleCommandComplete: () => undefined,
      handleError: (error: unknown) => {
        failure = error;
        reject(error instanceof Error ? error : new Error(String(error)));
      },
      handleReadyForQuery: () => {
        if (failure === undefined) resolve();
      },
    };
    client.query(submittable as unknown as pg.Submittable);
  });
}
