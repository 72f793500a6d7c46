import { notFound } from '../errors.ts';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Node ids are opaque to callers: base64url of `Type:uuid`. */
export function encodeNodeId(type: string, id: string): string {
  return Buffer.from(`${type}:${id}`).toString('base64url');
}

/** Takes a node id apart; what is not one names a type that does not exist. */
export function decodeNodeId(text: string): { typename: string; id: string } {
  const [typename = '', id = ''] = Buffer.from(text, 'base64url').toString('utf8').split(':');
  return UUID.test(id) ? { typename, id } : { typename: 'Unknown', id: '' };
}

/** The uuid in a node id of `type`. An id of another type or of no type is NOT_FOUND, like one that does not exist. */
export function readNodeId(type: string, text: string): string {
  const { typename, id } = decodeNodeId(text);
  if (typename !== type) throw notFound(nounOf(type));
  return id;
}

function nounOf(type: string): string {
  return type.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase();
}
