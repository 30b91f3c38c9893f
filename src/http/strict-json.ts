/** An object as it came from a caller; its members are judged later. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** What is wrong with a body as a text, before anything is known of its members (RFC 8259). */
export class MalformedJson extends Error {}

const deepest = 8;
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads one JSON object that means the same to every reader: UTF-8 (RFC 8259 section 8.1), no member named twice in an
 * object (section 4), at most eight levels deep (section 9), and no `__proto__`.
 */
export function parseJsonObject(bytes: Uint8Array): JsonObject {
  const text = decode(bytes);
  const root = parse(text);
  if (typeof root !== 'object' || root === null || Array.isArray(root)) {
    throw new MalformedJson('the body must be a JSON object');
  }
  inspect(text);
  return root as JsonObject;
}

/** Reads any JSON value as strictly as {@link parseJsonObject} reads an object. */
export function parseJson(bytes: Uint8Array): unknown {
  const text = decode(bytes);
  const value = parse(text);
  inspect(text);
  return value;
}

function decode(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    throw new MalformedJson('the body must be encoded in UTF-8');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new MalformedJson('the body must be well-formed JSON');
  }
}

/** Walks over text that is known to be JSON: once, and without recursion, so that no nesting can exhaust the stack. */
function inspect(text: string): void {
  const open: (Set<string> | undefined)[] = []; // the names so far in each open object; none for an array
  let nameComes = false;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') {
      const end = endOfString(text, at);
      if (nameComes) remember(text.slice(at, end + 1), open.at(-1));
      nameComes = false;
      at = end;
    } else if (character === '{' || character === '[') {
      if (open.length === deepest) throw new MalformedJson(`the body must not nest deeper than ${deepest} levels`);
      nameComes = character === '{';
      open.push(nameComes ? new Set() : undefined);
    } else if (character === '}' || character === ']') {
      open.pop();
      nameComes = false;
    } else if (character === ',') {
      nameComes = open.at(-1) !== undefined;
    }
  }
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, quote: number): boolean {
  let backslashes = 0;
  while (text[quote - 1 - backslashes] === '\\') backslashes += 1;
  return backslashes % 2 === 1;
}

function remember(quoted: string, names: Set<string> | undefined): void {
  const name = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1);
  if (name === '__proto__') throw new MalformedJson('the body must not have a member named __proto__');
  if (names?.has(name)) throw new MalformedJson('the body must not name a member twice in one object');
  names?.add(name);
}

/** Whether a member says nothing: `null` stands for one that is left out (RFC 7591 section 2, RFC 7592 section 2.2). */
export const isAbsent = (value: unknown): value is null | undefined => value === undefined || value === null;
