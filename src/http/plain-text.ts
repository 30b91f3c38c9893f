import { ValidateBy, type ValidationArguments } from 'class-validator';
import { textFault } from '../metadata/text.js';

/**
 * What is wrong with a text of one line, if anything. No blanks at its ends: databases differ in whether they tell such
 * texts apart.
 */
export const plainTextFault = (value: unknown, longest: number): string | undefined =>
  textFault(value, longest) ?? (/^ | $/.test(value as string) ? 'must not begin or end with a blank' : undefined);

/**
 * A text of at most `longest` characters that is safe to show and to store; a list of them with `each`, and with line
 * breaks if it may have `lines`.
 */
export const PlainText = (longest: number, { each = false, lines = false } = {}): PropertyDecorator => {
  const entryFault = (value: unknown): string | undefined =>
    lines
      ? textFault(typeof value === 'string' ? value.replace(/\r?\n/g, ' ') : value, longest)
      : plainTextFault(value, longest);
  const faultOf = (value: unknown): string | undefined =>
    each && Array.isArray(value) ? value.map(entryFault).find((fault) => fault !== undefined) : entryFault(value);
  return ValidateBy({
    name: 'plainText',
    validator: {
      validate: (value: unknown) => faultOf(value) === undefined,
      defaultMessage: ({ value, property }: ValidationArguments) =>
        `${each ? `each value in ${property}` : property} ${faultOf(value)}`,
    },
  });
};
