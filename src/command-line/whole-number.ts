import { InvalidArgumentError } from 'commander';

/** Reads the value of an option that is a number. */
export function wholeNumber(text: string): number {
  if (!/^\d{1,12}$/.test(text)) throw new InvalidArgumentError('Write a whole number.');
  return Number(text);
}
