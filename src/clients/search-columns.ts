import { createHash } from 'node:crypto';
import type { Client } from './client.entity.js';

/** The columns that repeat what the documents of a client say, so that clients are found by it. */
export type SearchColumns = Pick<
  Client,
  'registrarTokenId' | 'registrarClientId' | 'subject' | 'softwareId' | 'clientName'
>;

const longest = 255;

/** A text as its column holds it: itself, or its digest where it is too long for a column. */
export const searchText = (text: string): string =>
  [...text].length <= longest ? text : `sha256 ${createHash('sha256').update(text).digest('hex')}`;

const column = (text: string | undefined): string | null => (text === undefined ? null : searchText(text));

/** What is searched by, out of the documents of a client. */
export const searchColumns = ({ registrar, metadata }: Pick<Client, 'registrar' | 'metadata'>): SearchColumns => ({
  registrarTokenId: column(registrar.token_id),
  registrarClientId: column(registrar.client_id),
  subject: column(registrar.subject),
  softwareId: column(metadata.software_id),
  clientName: metadata.client_name ?? null,
});
