import { UsageFault } from '../faults.js';

/** The clients of a file that is one JSON document, each with the line on which it begins. */
export interface JsonList {
  /** The document around the list; the same where the list is the whole of it. */
  readonly document: unknown;
  readonly items: readonly unknown[];
  readonly lines: readonly (number | undefined)[];
}

/** Reads a file whose clients are a list: the whole of it, or its member `clients`. Throws a {@link UsageFault} for others. */
export async function readJsonList(file: AsyncIterable<Buffer>): Promise<JsonList> {
  const text = await textOf(file);
  const document = parse(text);
  const list: unknown = Array.isArray(document) ? document : (document as { clients?: unknown } | null)?.clients;
  if (!Array.isArray(list)) return { document, items: [document], lines: [1] };
  const begins = linesOfObjects(text, !Array.isArray(document));
  const lines = list.map((item: unknown) => (typeof item === 'object' && item !== null ? begins.shift() : undefined));
  return { document, items: list, lines };
}

async function textOf(file: AsyncIterable<Buffer>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of file) parts.push(part);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(parts));
  } catch {
    throw new UsageFault('the file must be encoded in UTF-8');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // The rest of what the parser says repeats what may be a secret.
    const [, position] = /at position (\d+)/.exec((error as Error).message) ?? [];
    const line = position === undefined ? '' : `; look at line ${text.slice(0, Number(position)).split('\n').length}`;
    throw new UsageFault(`the file must be well-formed JSON${line}; --format says what it is`);
  }
}

/** The lines on which the objects of the list begin, in a text that is known to be JSON. */
function linesOfObjects(text: string, isMember: boolean): number[] {
  const lines: number[] = [];
  const level = isMember ? 2 : 1;
  let [line, depth, name, isInside] = [1, 0, '', !isMember];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\n') line += 1;
    else if (character === '"') {
      const begin = at;
      for (at += 1; text[at] !== '"'; at += 1) if (text[at] === '\\') at += 1;
      if (depth === 1) name = text.slice(begin + 1, at);
    } else if (character === '{' || character === '[') {
      if (depth === level && isInside) lines.push(line);
      depth += 1;
      if (isMember && depth === level) isInside = name === 'clients';
    } else if (character === '}' || character === ']') depth -= 1;
  }
  return lines;
}
