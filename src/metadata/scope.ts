/** Whether a text is one scope token or several, separated by single blanks (RFC 6749 section 3.3). */
export const isScope = (text: string): boolean =>
  /^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(text);
