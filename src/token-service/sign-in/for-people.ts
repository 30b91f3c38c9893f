import type { Response } from 'express';
import { tellRefusalsAsPages } from '../../http/refusal-page.js';
import { escaped, page, pageHeaders } from '../page.js';

/** A response that a person reads, whatever comes of it. */
export function forPeople(response: Response): Response {
  tellRefusalsAsPages(response, ({ description }) =>
    page('This did not work', `<p>${escaped(description.charAt(0).toUpperCase() + description.slice(1))}.</p>\n`),
  );
  return response.set(pageHeaders([])).type('html');
}
