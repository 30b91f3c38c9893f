/**
 * One statement of a change whose statements are all known before it begins: it changes one row, or nothing of the change
 * is stored. So they can be handed over at once, and an engine is free to carry them out in the cheapest way: in any order,
 * so that none may need what another one changes.
 */
export interface KnownStatement {
  readonly text: string;
  readonly values: readonly unknown[];
  /**
   * Of an insertion, which stores its row or fails: the text that does so only where a condition holds. A statement without
   * it may meet no row, and so decides on the whole.
   */
  readonly textIf?: (condition: string) => string;
}

/** Whether it may meet no row. */
export const decides = ({ textIf }: KnownStatement): boolean => textIf === undefined;

/** A statement of a change met no row. */
export class Missed extends Error {}

/** A change was handed over, and nobody knows whether it was stored; the cause says why. */
export class Unanswered extends Error {
  constructor(override readonly cause: unknown) {
    super('the answer to a change was lost');
  }
}

/** More than there are; a text that were made anew each time must not fill the memory. */
const mostTexts = 200;

/** Makes one text of all statements of a change, once for the same statements. */
export function madeOnce(write: (statements: readonly KnownStatement[]) => string) {
  const made = new Map<string, string>();
  return (statements: readonly KnownStatement[]): string => {
    const key = statements.map(({ text }) => text).join(';');
    let text = made.get(key);
    if (text === undefined) {
      text = write(statements);
      if (made.size < mostTexts) made.set(key, text);
    }
    return text;
  };
}
