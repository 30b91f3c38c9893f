import type { IncomingMessage } from 'node:http';

/** Ways to send a token that are none of RFC 6750's: a scheme of Okta's, no scheme at all, and headers of their own. */
export const credentialForms = ['ssws', 'bare', 'x-api-key', 'token'] as const;

export type CredentialForm = (typeof credentialForms)[number];

/** A token, and how it came. */
export interface ForeignCredential {
  readonly form: CredentialForm;
  readonly token: string;
}

type Request = Pick<IncomingMessage, 'headersDistinct'>;

/** Only initial access tokens are sent so; whatever else stands there is not meant for us. */
const initialAccessToken = 'ciat_[A-Za-z0-9_-]{1,128}';

const alone = new RegExp(`^(${initialAccessToken})$`);

const sent: Readonly<Record<CredentialForm, { readonly header: string; readonly form: RegExp }>> = {
  ssws: { header: 'authorization', form: new RegExp(`^ssws +(${initialAccessToken})$`, 'i') },
  bare: { header: 'authorization', form: alone },
  'x-api-key': { header: 'x-api-key', form: alone },
  token: { header: 'token', form: alone },
};

/** The token that a request sends as some API portals do; whether that is good enough, its template says. */
export function foreignCredential(request: Request): ForeignCredential | undefined {
  for (const form of credentialForms) {
    const token = tokenIn(request, form);
    if (token !== undefined) return { form, token };
  }
  return undefined;
}

/** What stands in a header; of several, one of them a token, what is no token: never nothing, which may be let in. */
function tokenIn({ headersDistinct: headers }: Request, form: CredentialForm): string | undefined {
  const { header, form: pattern } = sent[form];
  const values = headers[header] ?? [];
  // Whoever sends `Authorization` means that, and no other header beside it.
  if (header !== 'authorization' && headers['authorization']) return undefined;
  const [token, ...more] = values.flatMap((value) => pattern.exec(value)?.[1] ?? []);
  return token !== undefined && (more.length > 0 || values.length > 1) ? values.join(',') : token;
}
