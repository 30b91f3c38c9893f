import type { Client, Verification } from '../../clients/client.entity.js';
import { isLoopbackUri } from '../../metadata/redirect-uri.js';
import type { ServedClient } from '../active-clients.js';
import { escaped, foreign } from '../page.js';

/** What may be trusted of a client, as HTML: who spoke for it, and what that is worth. */
export const standing = (client: ServedClient): string =>
  client.kind === 'metadata_document'
    ? described(client.clientId) + anyProgram(client.metadata)
    : vouching[client.verification](client.registrar);

/** Where a client comes from, as a row of HTML. */
export const origin = (client: ServedClient, now: number): string =>
  client.kind === 'metadata_document'
    ? `<dt>Published at</dt><dd><code>${foreign(client.clientId)}</code>, not registered here</dd>`
    : `<dt>Registered here</dt><dd>${age(client.createdAt, now)}</dd>`;

const vouching: Readonly<Record<Verification, (registrar: Client['registrar']) => string>> = {
  approved: () => '<div class="note good"><p>An administrator of this service approved this application.</p></div>',
  statement: ({ issuer }) =>
    `<div class="note"><p>What it says about itself is signed${issuer === undefined ? '' : ` by <code>${escaped(issuer)}</code>`}. Nobody here checked it.</p></div>`,
  vouched: () =>
    '<div class="note"><p>Whoever registered this application was allowed to. Nobody checked what it says about itself, its name included.</p></div>',
  self_asserted: () =>
    '<div class="note warn"><p><strong>Nobody vouches for this application.</strong> It registered itself and chose its own name, which may be that of another. Go on only if you started this yourself just now and know where it sends you.</p></div>',
};

/** Whoever has the address can be known by its host, and by nothing that the document says (Client ID Metadata Document, security considerations). */
const described = (clientId: string): string =>
  `<div class="note warn"><p><strong>Nobody vouches for this application.</strong> It comes from <strong>${foreign(new URL(clientId).host)}</strong>, and chose its own name, which may be that of another. Go on only if you trust that address, started this yourself just now and know where it sends you.</p></div>`;

/** Every program on a computer can answer there, whatever document it names. */
const anyProgram = ({ redirect_uris = [] }: Client['metadata']): string =>
  redirect_uris.length > 0 && redirect_uris.every(isLoopbackUri)
    ? '\n<div class="note warn"><p>It runs on this computer, where any other program could use its name.</p></div>'
    : '';

const day = 86_400;

/** How long ago something was, and when. */
function age(at: number, now: number): string {
  const days = Math.floor((now - at) / day);
  const ago = days <= 0 ? 'today' : days === 1 ? 'yesterday' : `${days} days ago`;
  const date = new Date(at * 1000).toISOString().slice(0, 10);
  return `${ago}, on <time datetime="${date}">${date}</time>`;
}
