import type { Request, Response } from 'express';
import { readForm } from '../http/form-body.js';
import { mountPath } from './addresses.js';
import { forPeople } from './sign-in/for-people.js';

/**
 * Sends a browser that came with a form to the same address with a query (OpenID Connect Core 1.0 section 3.1.2.1). The
 * cookies of this server do not come with a form from another site; with a link they do.
 */
export async function formAsQuery(address: string, request: Request, response: Response): Promise<void> {
  forPeople(response);
  const query = new URLSearchParams([...(await readForm(request))]);
  response.redirect(303, `${mountPath}${address}?${query.toString()}`);
}
