import { decides, type KnownStatement, madeOnce } from './known-statement.js';
import { repeated } from './repeated-statements.js';

/**
 * One statement of PostgreSQL for all of a change, which is stored with it or not at all: what is inserted depends on the
 * row of the one that may meet none. Undefined where there are several of those, which cannot depend on each other.
 */
export const wholeStatement = (statements: readonly KnownStatement[]): string | undefined =>
  statements.filter(decides).length > 1 ? undefined : whole(statements);

const whole = madeOnce((statements) => repeated(written(statements)));

function written(statements: readonly KnownStatement[]): string {
  const isDecided = statements.some(decides);
  const parts: string[] = [];
  let before = 0;
  for (const [index, statement] of statements.entries()) {
    const { text, textIf, values } = statement;
    const own = textIf && isDecided ? textIf('EXISTS (SELECT 1 FROM decided)') : text;
    const shift = before;
    before += values.length;
    const renumbered = own.replace(/\$(\d+)/g, (_, number: string) => `$${Number(number) + shift}`);
    // Nothing may be referred to before it.
    if (decides(statement)) parts.unshift(`decided AS (${renumbered} RETURNING 1)`);
    else parts.push(`added_${index} AS (${renumbered})`);
  }
  return `WITH ${parts.join(', ')} SELECT 1${isDecided ? ' FROM decided' : ''}`;
}
