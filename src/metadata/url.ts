/**
 * What the URL standard reads in a text, if it is a URL. `URL.canParse` of Node 20 says yes to texts that `new URL` then
 * throws at, once it was called often: it takes characters up to U+00FF for bytes of UTF-8.
 */
export function parsedUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
