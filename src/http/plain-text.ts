import { ValidateBy, type ValidationArguments } from 'class-validator';
import { textFault } from '../metadata/text.js';

/**
 * A text of at most `longest` characters that is safe to show and to store; a list of them with `each`, and with line
 * breaks if it may have `lines`.
 */
export const PlainText = (longest: number, { each = false, lines = false } = {}): PropertyDecorator => {
  const entryFault = (value: unknown): string | undefined =>
    textFault(lines && typeof value === 'string' ? value.replace(/\r?\n/g, ' ') : value, longest);
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
