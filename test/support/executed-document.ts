import { expect } from '@jest/globals';
import { type Answer, send } from './http.js';

/** What a document shows of one call: the request as it is sent, and the answer as it comes. */
export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly answer: { readonly status: number; readonly headers: Record<string, string>; readonly body: string };
}

/** The sections of a document by their titles, each with its calls in order. */
export function exchangesOf(document: string): ReadonlyMap<string, Exchange[]> {
  const sections = document.split(/^## /m).slice(1);
  return new Map(sections.map((section) => [section.slice(0, section.indexOf('\n')), exchangesIn(section)]));
}

function exchangesIn(section: string): Exchange[] {
  const blocks = [...section.matchAll(/^```http\n(.*?)^```$/gms)].map(([, text]) => messageOf(text!));
  const exchanges: Exchange[] = [];
  for (let index = 0; index < blocks.length; index += 2) {
    const [request, answer] = [blocks[index]!, blocks[index + 1]];
    const [method = '', path = ''] = request.line.split(' ');
    const [version, status] = answer?.line.split(' ') ?? [];
    if (version !== 'HTTP/1.1') throw new Error(`${request.line} is not followed by its answer`);
    const { headers, body } = answer!;
    exchanges.push({ ...request, method, path, answer: { status: Number(status), headers, body } });
  }
  return exchanges;
}

/** A message as documents write it: the lines of a long target or form may be broken before `&`, `?`. */
function messageOf(text: string) {
  const [head = '', body = ''] = text.trim().split(/\n\n(.*)/s);
  const [line = '', ...fields] = head.replace(/\n +(?=[?&])/g, '').split('\n');
  const headers = fields.map((field): [string, string] => {
    const colon = field.indexOf(': ');
    return [field.slice(0, colon).toLowerCase(), field.slice(colon + 2).trim()];
  });
  return { line, headers: Object.fromEntries(headers), body: body.trim() };
}

/** A call as a document says it, with the address of the program where it has that of the reader. */
export function at(url: string, { answer, ...request }: Exchange): Exchange {
  const own = (text: string) =>
    text
      .replaceAll('https://clients.example', url)
      .replaceAll('https%3A%2F%2Fclients.example', encodeURIComponent(url));
  const headers = Object.fromEntries(Object.entries(answer.headers).map(([name, value]) => [name, own(value)]));
  return { ...request, answer: { ...answer, headers, body: own(answer.body) } };
}

/** What stands for `{name}` in a document, learnt from the answers. */
export type Known = Map<string, string>;

const placeholder = /\{([a-z_0-9]+)\}/g;

/** A text with everything that is known in its place. */
export const filledIn = (text: string, known: Known): string =>
  text.replace(placeholder, (whole, name: string) => known.get(name) ?? whole);

/** Sends a request of a document. */
export async function sent({ method, path, headers, body }: Exchange, base: string, known: Known): Promise<Answer> {
  const isForm = headers['content-type'] === 'application/x-www-form-urlencoded';
  const text = filledIn(isForm ? body.replace(/\s+/g, '') : body, known);
  return send(method, base + filledIn(path, known), {
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, filledIn(value, known)])),
    ...(text !== '' && { body: text }),
  });
}

/**
 * Holds an answer to what the document says: every member, unless `"…"` stands for more of them; a time, whenever it is;
 * and what a `{name}` stands for, the same wherever it comes again.
 */
export function expectAnswer({ answer: written }: Exchange, came: Answer, known: Known): void {
  expect(came.status).toBe(written.status);
  for (const [name, value] of Object.entries(written.headers)) hold(value, came.headers.get(name) ?? '', known);
  if (written.body !== '') hold(JSON.parse(written.body), came.body, known);
  else if (written.status === 204) expect(came.text).toBe('');
}

function hold(written: unknown, came: unknown, known: Known): void {
  if (written === '…' || (isTime(written) && isTime(came))) return;
  if (typeof written === 'string' && typeof came === 'string') return holdText(written, came, known);
  if (Array.isArray(written) && Array.isArray(came)) {
    expect(came).toHaveLength(written.length);
    return written.forEach((one, index) => hold(one, came[index], known));
  }
  if (!isObject(written) || !isObject(came)) return expect(came).toEqual(written);
  const { '…': more, ...members } = written;
  if (more === undefined) expect(Object.keys(came).sort()).toEqual(Object.keys(members).sort());
  for (const [name, value] of Object.entries(members)) {
    if (!(name in came)) throw new Error(`there is no ${name} in ${JSON.stringify(came)}`);
    hold(value, came[name], known);
  }
}

function holdText(written: string, came: string, known: Known): void {
  const names: string[] = [];
  const pattern = filledIn(written, known)
    .split(placeholder)
    .map((part, index) => (index % 2 ? names.push(part) && '(.+)' : escaped(part)))
    .join('');
  const found = new RegExp(`^${pattern}$`).exec(came);
  if (!found) return expect(came).toBe(filledIn(written, known));
  names.forEach((name, index) => known.set(name, found[index + 1]!));
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isTime = (value: unknown): boolean => typeof value === 'number' && value > 1_700_000_000 && value < 4_000_000_000;
