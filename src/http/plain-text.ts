import { ValidateBy, type ValidationArguments } from 'class-validator';
import { textFault } from '../metadata/text.js';

/** A text of at most `longest` characters that is safe to show and to store. */
export const PlainText = (longest: number): PropertyDecorator =>
  ValidateBy({
    name: 'plainText',
    validator: {
      validate: (value: unknown) => textFault(value, longest) === undefined,
      defaultMessage: ({ value, property }: ValidationArguments) => `${property} ${textFault(value, longest)}`,
    },
  });
