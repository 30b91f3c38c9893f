import { MalformedJson, parseJsonObject } from '../../http/strict-json.js';
import { readRecord } from './read-record.js';
import type { Entry } from './source.js';

/** Longer than any client that the server takes. */
const longest = 1024 * 1024;

interface Line {
  readonly number: number;
  readonly end: number;
  /** Absent when it is too long to be read. */
  readonly bytes?: Buffer;
}

/** The clients of a file as `export` writes it, one by one, however long it is. */
export async function* readJsonLines(file: AsyncIterable<Buffer>): AsyncGenerator<Entry> {
  for await (const { number: line, end, bytes } of linesOf(file)) {
    if (!bytes) yield { line, end, faults: ['must not be longer than 1 MiB'], remarks: [] };
    else if (bytes.some((byte) => byte > 0x20)) yield { line, end, ...entryOf(bytes) };
  }
}

function entryOf(bytes: Buffer): Entry {
  try {
    return { remarks: [], ...readRecord(parseJsonObject(bytes)) };
  } catch (error) {
    if (!(error instanceof MalformedJson)) throw error;
    return { faults: [error.message.replace('the body ', '')], remarks: [] };
  }
}

async function* linesOf(file: AsyncIterable<Buffer>): AsyncGenerator<Line> {
  let number = 1;
  let parts: Buffer[] = [];
  let size = 0;
  let end = 0;
  const add = (part: Buffer): void => {
    size += part.length;
    // What cannot be used is not kept either.
    if (size > longest) parts = [];
    else parts.push(part);
  };
  const take = (): Line => {
    end += size + 1;
    const line = { number, end, ...(size <= longest && { bytes: Buffer.concat(parts) }) };
    number += 1;
    parts = [];
    size = 0;
    return line;
  };
  for await (const chunk of file) {
    let from = 0;
    for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, from)) {
      add(chunk.subarray(from, at));
      yield take();
      from = at + 1;
    }
    add(chunk.subarray(from));
  }
  if (size > 0) yield take();
}
