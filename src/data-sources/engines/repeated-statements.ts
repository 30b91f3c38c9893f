/** More than there are; a text that were made anew each time must not fill the memory of every connection. */
const most = 500;

const names = new Map<string, string>();

/** Marks a statement as one that comes again and again, and gives it back. */
export function repeated(text: string): string {
  if (!names.has(text) && names.size < most) names.set(text, `clientele_${names.size}`);
  return text;
}

/** The name under which a server may keep a statement, parsed and planned; none for those that are not repeated. */
export const nameOfRepeated = (text: string): string | undefined => names.get(text);
