import { Injectable } from '@nestjs/common';
import type { Request } from 'express';
import { Keyring } from '../../clients/keyring.js';
import { Refusal } from '../../errors.js';
import { interactionPath } from '../addresses.js';
import { escaped } from '../page.js';

/** Makes the forms of an interaction, and refuses what does not come from them. */
@Injectable()
export class Forms {
  constructor(private readonly keyring: Keyring) {}

  /** A form for the browser that began an interaction; `content` is HTML. */
  form(uid: string, content: string): string {
    return `<form method="post" action="${escaped(interactionPath(uid))}">
<input type="hidden" name="proof" value="${this.keyring.digest(contextOf(uid))}">
${content}</form>
`;
  }

  /** Throws `access_denied` for a form that is not ours: another site cannot read our pages, nor send as from here. */
  demandOurs(uid: string, form: ReadonlyMap<string, string>, { headers }: Request): void {
    const site = headers['sec-fetch-site'];
    const isFromHere = site === undefined || site === 'same-origin';
    if (!isFromHere || !this.keyring.matches(contextOf(uid), form.get('proof') ?? ''))
      throw new Refusal('access_denied', 'the form did not come from this page; go back and send it again');
  }
}

const contextOf = (uid: string): string => `form of the interaction ${uid}`;
