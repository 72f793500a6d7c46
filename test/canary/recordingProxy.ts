import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface RecordingProxy {
  url: string;
  /** Method and address of every call, exactly as it came. */
  targets(): string[];
  /** Names of the headers that carried this text. */
  headersWith(text: string): string[];
  close(): Promise<void>;
}

/** Stands before a platform, passes everything on and keeps the addresses it was called with. */
export async function startRecordingProxy(upstream: string): Promise<RecordingProxy> {
  const targets: string[] = [];
  const headers: [string, string][] = [];
  const server = createServer((call, answer) => {
    targets.push(`${call.method ?? ''} ${call.url ?? ''}`);
    for (const [name, value] of Object.entries(call.headers)) headers.push([name, String(value)]);
    const options = { method: call.method, headers: call.headers };
    const onward = request(new URL(call.url ?? '/', upstream), options, (theirs) => {
      answer.writeHead(theirs.statusCode ?? 502, theirs.headers);
      theirs.pipe(answer);
      theirs.on('error', () => answer.destroy());
    });
    onward.on('error', () => answer.destroy());
    answer.on('close', () => onward.destroy());
    call.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    targets: () => [...targets],
    headersWith: (text) => [
      ...new Set(headers.filter(([, value]) => value.includes(text)).map(([name]) => name)),
    ],
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
