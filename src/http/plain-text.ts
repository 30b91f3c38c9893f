import { ValidateBy, type ValidationArguments } from 'class-validator';
import { textFault } from '../metadata/text.js';

/** A text of at most `longest` characters that is safe to show and to store; a list of them with `each`. */
export const PlainText = (longest: number, { each = false } = {}): PropertyDecorator => {
  const faultOf = (value: unknown): string | undefined =>
    each && Array.isArray(value)
      ? value.map((entry) => textFault(entry, longest)).find((fault) => fault !== undefined)
      : textFault(value, longest);
  return ValidateBy({
    name: 'plainText',
    validator: {
      validate: (value: unknown) => faultOf(value) === undefined,
      defaultMessage: ({ value, property }: ValidationArguments) =>
        `${each ? `each value in ${property}` : property} ${faultOf(value)}`,
    },
  });
};
