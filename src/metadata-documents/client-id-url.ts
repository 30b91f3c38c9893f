import { parsedUrl } from '../metadata/url.js';

/** As long as a client id is kept anywhere. */
const longest = 255;

/** Whether a client id means the address of a document, be it well-formed or not. */
export const isAddress = (clientId: string): boolean => /^https?:/i.test(clientId);

/**
 * What is wrong with a client id that is the address of a document, if anything (Client ID Metadata Document section 3). It
 * has to be written as every reader of addresses would write it, so that one document never has two ids.
 */
export function clientIdUrlFault(clientId: string): string | undefined {
  if (clientId.length > longest) return `must not be longer than ${longest} characters`;
  const url = clientId.startsWith('https://') ? parsedUrl(clientId) : undefined;
  if (!url) return 'must begin with https:// and be an address';
  if (clientId.includes('#')) return 'must not have a fragment';
  if (url.username !== '' || url.password !== '') return 'must not have user information';
  return url.href === clientId
    ? undefined
    : 'must have a path, and be in its normal form: host in lower case, without port 443, dot segments and blanks';
}
