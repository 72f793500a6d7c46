import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Secret } from '../lib/secret.ts';

/** A server that can be called. */
export interface ReadyServer {
  url: string;
  /** Null = a worker: only health answers. */
  graphql: string | null;
  adminKey: Secret | null;
  /** Made by this start: the one time it is shown. */
  adminKeyIsNew: boolean;
  sandbox: { meta: string; google: string | null; crm: string | null } | null;
}

const PRETENDED: Record<string, string> = { meta: 'Meta', google: 'Google Ads', crm: 'AmoCRM' };

type Place = Pick<Config, 'adminKey' | 'databaseUrl' | 'dataDir'>;

/** What `start` tells people. The admin key stands in it in full only when this start made it. */
export function describeReady(server: ReadyServer, place: Place): string {
  const lines = ['Tributary is ready.', ''];
  if (server.graphql === null) lines.push(`  Worker     ${server.url}/health/ready`);
  else lines.push(`  GraphQL    ${server.graphql}`);
  for (const [name, url] of Object.entries(server.sandbox ?? {})) {
    if (url !== null) lines.push(`  Sandbox    ${url}  (pretended ${PRETENDED[name] ?? name})`);
  }
  if (server.graphql !== null) {
    lines.push(
      `  Admin key  ${describeKey(server, place)}`,
      '',
      'Try it:',
      ...tryIt(server.graphql, server, place),
    );
  }
  lines.push('', 'Ctrl-C stops it.');
  return lines.join('\n');
}

function describeKey({ adminKey, adminKeyIsNew }: ReadyServer, place: Place): string {
  const file = keyFile(place);
  if (adminKey && adminKeyIsNew) {
    const kept = file === null ? 'only a hash of it is kept' : `kept in ${file}`;
    return `${adminKey.reveal()}\n             shown this once; ${kept}`;
  }
  if (place.adminKey) return 'the one in TRIBUTARY_ADMIN_KEY';
  return `as printed at the first start${file === null ? '' : `, kept in ${file}`}`;
}

/** Null when no file holds the key. */
function keyFile({ adminKey, databaseUrl, dataDir }: Place): string | null {
  return adminKey === null && databaseUrl === null ? join(dataDir, 'admin.key') : null;
}

function tryIt(graphql: string, { adminKey, adminKeyIsNew }: ReadyServer, place: Place): string[] {
  const file = keyFile(place);
  const shown = adminKeyIsNew ? adminKey?.reveal() : undefined;
  const key =
    file === null ? (shown ?? (place.adminKey ? '$TRIBUTARY_ADMIN_KEY' : '<key>')) : `$(cat ${file})`;
  return [
    `  curl -s ${graphql} -H 'content-type: application/json' -H "authorization: Bearer ${key}" \\`,
    `    -d '{"query":"{ clients { edges { node { name currency } } } }"}'`,
  ];
}
