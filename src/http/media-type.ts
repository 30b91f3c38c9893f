import type { IncomingMessage } from 'node:http';
import { Refusal } from '../errors.js';

const token = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const essence = new RegExp(`${token}/${token}`, 'y');
const parameter = new RegExp(`[ \\t]*;[ \\t]*(?:(${token})=(?:(${token})|"((?:[^"\\\\]|\\\\.)*)"))?`, 'y');

/**
 * Refuses a body that is not said to be of one of the media types, in UTF-8, and not encoded further
 * (RFC 9110 sections 8.3, 8.4 and 15.5.16). There is no guessing, also not for a body that is absent.
 */
export function demandMediaType(
  request: Pick<IncomingMessage, 'headers' | 'headersDistinct'>,
  mediaTypes: readonly string[],
): void {
  const stated = request.headersDistinct['content-type'] ?? [];
  if (stated.length !== 1 || !isOneOf(stated[0] ?? '', mediaTypes)) {
    throw new Refusal('unsupported_media_type', `the Content-Type must be ${mediaTypes.join(' or ')}, in UTF-8`);
  }
  const coding = request.headers['content-encoding'];
  if (coding !== undefined && coding.toLowerCase() !== 'identity') {
    throw new Refusal('unsupported_media_type', 'the body must be sent without a Content-Encoding', [], {
      'Accept-Encoding': 'identity',
    });
  }
}

function isOneOf(contentType: string, mediaTypes: readonly string[]): boolean {
  essence.lastIndex = 0;
  const name = essence.exec(contentType)?.[0];
  if (name === undefined || !mediaTypes.includes(name.toLowerCase())) return false;
  let end = name.length;
  while (end < contentType.length) {
    parameter.lastIndex = end;
    const found = parameter.exec(contentType);
    if (!found) return false;
    const [, key, plain, quoted] = found;
    if (key?.toLowerCase() === 'charset' && (plain ?? quoted)?.toLowerCase() !== 'utf-8') return false;
    end = parameter.lastIndex;
  }
  return true;
}
