import type { IncomingMessage } from 'node:http';
import { Refusal } from '../errors.js';
import { demandMediaType } from './media-type.js';
import { readBody } from './read-body.js';

/** The fields of a form that a browser sent, each once. */
export async function readForm(request: IncomingMessage): Promise<ReadonlyMap<string, string>> {
  demandMediaType(request, ['application/x-www-form-urlencoded']);
  const fields = [...new URLSearchParams(Buffer.from(await readBody(request)).toString('utf8'))];
  const form = new Map(fields);
  if (form.size < fields.length) throw new Refusal('invalid_request', 'each field of the form must be sent once');
  return form;
}
