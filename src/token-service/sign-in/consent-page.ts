import type { Client, Verification } from '../../clients/client.entity.js';
import { isLoopbackUri } from '../../metadata/redirect-uri.js';
import type { ServedClient } from '../active-clients.js';
import { escaped, foreign, page, problemNote } from '../page.js';
import { destinations } from './destinations.js';

/** What the page that asks for consent shows. */
export interface ConsentPage {
  readonly client: ServedClient;
  /** How the user is called here. */
  readonly user: string;
  /** What the client would get, as HTML. */
  readonly scopes: readonly string[];
  /** Where the answer goes; absent for a device. */
  readonly redirectUri?: string;
  readonly isDevice: boolean;
  readonly now: number;
  readonly problem?: string;
}

/** Who spoke for a client, and what that is worth. */
const vouching: Readonly<Record<Verification, (registrar: Client['registrar']) => string>> = {
  approved: () => '<div class="note good"><p>An administrator of this service approved this application.</p></div>',
  statement: ({ issuer }) =>
    `<div class="note"><p>What it says about itself is signed${issuer === undefined ? '' : ` by <code>${escaped(issuer)}</code>`}. Nobody here checked it.</p></div>`,
  vouched: () =>
    '<div class="note"><p>Whoever registered this application was allowed to. Nobody checked what it says about itself, its name included.</p></div>',
  self_asserted: () =>
    '<div class="note warn"><p><strong>Nobody vouches for this application.</strong> It registered itself and chose its own name, which may be that of another. Go on only if you started this yourself just now and know where it sends you.</p></div>',
};

/** Asks whether a client gets what it wants; it gets nothing unless the user says so, and twice where nobody vouches for it. */
export function consentPage(consent: ConsentPage, form: (content: string) => string): string {
  const { client, user, scopes, problem } = consent;
  const { client_name: name, policy_uri, tos_uri } = client.metadata;
  const isUnknown = client.verification === 'self_asserted';
  const deny = (kind: string) => `<button${kind} type="submit" name="answer" value="deny">Deny</button>`;
  const allow = (kind: string) => `<button${kind} type="submit" name="answer" value="allow">Allow</button>`;
  // What Enter presses comes first.
  const buttons = isUnknown ? deny(' class="main"') + allow('') : allow(' class="main"') + deny('');
  return page(
    'Let this application in?',
    `${problemNote(problem)}<p><strong>${foreign(name ?? client.clientId)}</strong> asks for access to your account.</p>
${client.kind === 'metadata_document' ? described(client.clientId) : vouching[client.verification](client.registrar)}
${anyProgram(client)}<dl>
<dt>${consent.isDevice ? 'It is' : 'It sends you back to'}</dt><dd>${consent.isDevice ? 'a device whose code you typed in' : destinations(client.metadata.redirect_uris ?? [], consent.redirectUri).join('<br>')}</dd>
${client.kind === 'metadata_document' ? publishedAt(client.clientId) : registeredAt(client.createdAt, consent.now)}
</dl>
<h2>It could then</h2>
<ul>
${scopes.map((scope) => `<li>${scope}</li>`).join('\n')}
</ul>
${link('Its terms', tos_uri)}${link('What it does with data', policy_uri)}${form(`${isUnknown ? certain(problem) : ''}<div class="actions">${buttons}</div>
<p class="soft">You are signed in as ${foreign(user)}. <button class="link" type="submit" name="answer" value="switch" formnovalidate>Use another account</button></p>
`)}`,
  );
}

/** Whoever has the address can be known by its host, and by nothing that the document says (Client ID Metadata Document, security considerations). */
const described = (clientId: string): string =>
  `<div class="note warn"><p><strong>Nobody vouches for this application.</strong> It comes from <strong>${foreign(new URL(clientId).host)}</strong>, and chose its own name, which may be that of another. Go on only if you trust that address, started this yourself just now and know where it sends you.</p></div>`;

/** Every program on a computer can answer there, whatever document it names. */
const anyProgram = ({ kind, metadata: { redirect_uris = [] } }: ServedClient): string =>
  kind === 'metadata_document' && redirect_uris.length > 0 && redirect_uris.every(isLoopbackUri)
    ? '<div class="note warn"><p>It runs on this computer, where any other program could use its name.</p></div>\n'
    : '';

const publishedAt = (clientId: string): string =>
  `<dt>Published at</dt><dd><code>${foreign(clientId)}</code>, not registered here</dd>`;

const registeredAt = (at: number, now: number): string => `<dt>Registered here</dt><dd>${age(at, now)}</dd>`;

const certain = (problem: string | undefined): string =>
  `<div class="check"><input type="checkbox" id="certain" name="certain" value="yes"${problem === undefined ? '' : ' aria-invalid="true" aria-describedby="problem"'}><label for="certain">I started this myself, and I trust where it sends me.</label></div>
`;

const link = (title: string, uri: string | undefined): string =>
  uri === undefined || !/^https?:/i.test(uri)
    ? ''
    : `<p class="soft">${title}: <a href="${escaped(uri)}" rel="noopener noreferrer nofollow">${escaped(uri)}</a></p>\n`;

const day = 86_400;

/** How long ago something was, and when. */
function age(at: number, now: number): string {
  const days = Math.floor((now - at) / day);
  const ago = days <= 0 ? 'today' : days === 1 ? 'yesterday' : `${days} days ago`;
  const date = new Date(at * 1000).toISOString().slice(0, 10);
  return `${ago}, on <time datetime="${date}">${date}</time>`;
}
