import type { ServedClient } from '../active-clients.js';
import { escaped, foreign, page, problemNote } from '../page.js';
import { origin, standing } from './client-standing.js';
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
${standing(client)}
<dl>
<dt>${consent.isDevice ? 'It is' : 'It sends you back to'}</dt><dd>${consent.isDevice ? 'a device whose code you typed in' : destinations(client.metadata.redirect_uris ?? [], consent.redirectUri).join('<br>')}</dd>
${origin(client, consent.now)}
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

const certain = (problem: string | undefined): string =>
  `<div class="check"><input type="checkbox" id="certain" name="certain" value="yes"${problem === undefined ? '' : ' aria-invalid="true" aria-describedby="problem"'}><label for="certain">I started this myself, and I trust where it sends me.</label></div>
`;

const link = (title: string, uri: string | undefined): string =>
  uri === undefined || !/^https?:/i.test(uri)
    ? ''
    : `<p class="soft">${title}: <a href="${escaped(uri)}" rel="noopener noreferrer nofollow">${escaped(uri)}</a></p>\n`;
