const uuid7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i;

/** Whether an id is in the form of those that the server makes, so that nobody can choose it. */
export const isServerMade = (clientId: string): boolean => uuid7.test(clientId);

/** What is wrong with a client_id that an administrator chose, if anything. */
export function clientIdFault(value: unknown): string | undefined {
  if (typeof value !== 'string' || !/^[\x21-\x7e]{1,255}$/.test(value))
    return 'must be 1 to 255 visible ASCII characters without blanks (RFC 6749 appendix A.1)';
  if (isServerMade(value)) return 'must not be in the form of a UUID of version 7, which the server makes';
  if (/^https:/i.test(value)) return 'must not begin with https:, which stands for a metadata document';
  // The address of such a client would be that of something else (RFC 3986 section 5.2.4).
  return value === '.' || value === '..' ? 'must not be a dot segment' : undefined;
}
