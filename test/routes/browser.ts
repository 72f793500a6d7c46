import { randomUUID } from 'node:crypto';
import type { Credential } from '../../src/generated/prisma/client.ts';
import { createClient } from '../../src/services/clients/create.ts';
import { unsealToken } from '../../src/services/credentials/seal.ts';
import type { TestApp } from '../support/app.ts';

/** A page as a browser ends up with it, and every address it was sent through. */
export interface Shown {
  status: number;
  text: string;
  headers: Headers;
  /** The address it came back to our server with. */
  callback: URL;
}

const START = `mutation ($clientId: ID!, $platform: OAuthPlatform!) {
  startOAuth(clientId: $clientId, platform: $platform) { url }
}`;

export type Platform = 'META' | 'GOOGLE';

/** The address that "Connect …" opens. */
export async function startConnecting(test: TestApp, clientId: string, platform: Platform): Promise<URL> {
  const variables = { clientId: nodeId('Client', clientId), platform };
  const answer = await test.client().request<{ startOAuth: { url: string } }>(START, variables);
  return new URL(answer.startOAuth.url);
}

/** What the platform's page sends the browser back with, when the person does `extra` there. */
export async function agree(dialog: URL, extra: Record<string, string> = {}): Promise<URL> {
  const opened = new URL(dialog);
  for (const [name, value] of Object.entries(extra)) opened.searchParams.set(name, value);
  const answer = await fetch(opened, { redirect: 'manual' });
  const location = answer.headers.get('location');
  if (answer.status !== 302 || location === null)
    throw new Error(`The dialog said ${String(answer.status)}: ${await answer.text()}`);
  return new URL(location);
}

export async function open(callback: URL): Promise<Shown> {
  const answer = await fetch(callback, { redirect: 'manual' });
  return { status: answer.status, text: await answer.text(), headers: answer.headers, callback };
}

/** The whole way: start, agree, come back. */
export async function connect(
  test: TestApp,
  wanted: { clientId: string; platform: Platform; extra?: Record<string, string> },
): Promise<Shown> {
  const dialog = await startConnecting(test, wanted.clientId, wanted.platform);
  return open(await agree(dialog, wanted.extra));
}

export function nodeId(type: string, id: string): string {
  return Buffer.from(`${type}:${id}`).toString('base64url');
}

/** A client of its own for a test. */
export async function newClient(test: TestApp, name = 'Brand'): Promise<string> {
  const slug = `brand-${randomUUID()}`;
  return (await createClient(test.system, { name, slug, timezone: 'UTC', currency: 'EUR' })).id;
}

/** The oldest first. */
export function credentialsOf(test: TestApp, clientId: string): Promise<Credential[]> {
  return test.system.db.prisma.credential.findMany({ where: { clientId }, orderBy: { createdAt: 'asc' } });
}

/** The first stored token in clear, for comparisons that it is nowhere else. */
export async function tokenOf(test: TestApp, clientId: string): Promise<string> {
  const [credential] = await credentialsOf(test, clientId);
  if (!credential) throw new Error('nothing is stored');
  return unsealToken(test.system.secretKeys, credential, credential).reveal();
}
