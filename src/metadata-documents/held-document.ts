import type { IncomingHttpHeaders } from 'node:http';
import type { CheckedMetadata } from '../metadata/rulebook.js';
import type { ClientTemplate } from '../templates/client-template.js';

/** A document that was fetched and judged. */
export interface HeldDocument {
  readonly document: unknown;
  readonly fetchedAt: number;
  readonly freshUntil: number;
  /** The template by which it was judged. */
  readonly template: Pick<ClientTemplate, 'id' | 'version'>;
  readonly metadata: CheckedMetadata;
}

/** Shorter would have its host asked for each step of a sign-in, longer would keep what a client took back. */
const [shortest, usual, longest] = [60, 600, 3_600];

/** For how many seconds a document stays fresh: as its host says, within bounds (RFC 9111 section 5.2.2). */
export function freshSeconds({ 'cache-control': control = '' }: IncomingHttpHeaders): number {
  if (/(?:^|[,\s])no-(?:store|cache)/i.test(control)) return shortest;
  const age = /(?:^|[,\s])max-age="?(\d{1,9})/i.exec(control)?.[1];
  return age === undefined ? usual : Math.min(longest, Math.max(shortest, Number(age)));
}
