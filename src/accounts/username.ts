import { ValidateBy, type ValidationArguments } from 'class-validator';

/** Letters and digits of any script, and what addresses of mail have between them; no blanks, nothing invisible (RFC 8265 section 3.1). */
const spelling = /^[\p{L}\p{N}\p{M}._@+'-]{1,64}$/u;

/** A username as all of its spellings are compared (RFC 8265 section 3.3). */
export const usernameKey = (username: string): string => username.normalize('NFKC').toLowerCase().normalize('NFKC');

const isUsername = (value: unknown): boolean =>
  typeof value === 'string' && value.length <= 64 && spelling.test(value) && usernameKey(value).length <= 255;

export const Username = (): PropertyDecorator =>
  ValidateBy({
    name: 'username',
    validator: {
      validate: isUsername,
      defaultMessage: ({ property }: ValidationArguments) =>
        `${property} must be 1 to 64 letters and digits, with . _ @ + - and apostrophes between them`,
    },
  });
