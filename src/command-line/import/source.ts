import type { ClientRecord } from '../client-record.js';

/** What a file says at one place: a client to make, or why there is none. */
export interface Entry {
  /** The line of the file, from 1, as far as it is known. */
  readonly line?: number;
  /** Of a file that is one JSON document: which client of the list it is, from 1. */
  readonly position?: number;
  /** How many there are in the list. */
  readonly of?: number;
  /** Of a file that is read line by line: how many bytes of it have gone by. */
  readonly end?: number;
  readonly clientId?: string;
  /** Absent where there are faults, or nothing to make. */
  readonly record?: ClientRecord;
  readonly faults: readonly string[];
  /** Why nothing is to be made of it, although nothing is wrong. */
  readonly skipped?: string;
  /** What of the client is not kept. */
  readonly remarks: readonly string[];
}

/** What of the registry decides how a file is read. */
export interface Surroundings {
  /** The scopes that are offered; absent where nothing bounds them. */
  readonly scopes?: readonly string[];
}

/** How people find an entry. */
export const placeOf = ({ line, position, clientId }: Entry): string => {
  const where =
    position === undefined ? `line ${line}` : `client ${position}${line === undefined ? '' : `, line ${line}`}`;
  return clientId === undefined ? where : `${where} (${clientId})`;
};
