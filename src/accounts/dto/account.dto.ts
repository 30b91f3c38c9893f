import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, ValidateBy, type ValidationArguments } from 'class-validator';
import { accountStates } from '../../users/account.entity.js';
import { longestPassword, passwordFault, shortestPassword } from '../password-rules.js';
import { Username } from '../username.js';
import { PageOf } from '../../http/paging.js';

const Password = (): PropertyDecorator =>
  ValidateBy({
    name: 'password',
    validator: {
      validate: (value: unknown, context) => faultOf(value, context) === undefined,
      defaultMessage: (context?: ValidationArguments) => `password ${faultOf(context?.value, context)}`,
    },
  });

const faultOf = (value: unknown, context?: ValidationArguments): string | undefined => {
  const { username, email } = (context?.object ?? {}) as { username?: unknown; email?: unknown };
  return passwordFault(
    value,
    [username, email].filter((own) => typeof own === 'string'),
  );
};

const address = /^[^\s@\p{C}]{1,64}@[^\s@\p{C}]{1,189}$/u;

const EmailAddress = (): PropertyDecorator =>
  ValidateBy({
    name: 'emailAddress',
    validator: {
      validate: (value: unknown) => typeof value === 'string' && address.test(value),
      defaultMessage: () => 'email must be an address like ada@users.example',
    },
  });

/** What an administrator asks for when making an account. */
export class AccountRequest {
  @ApiProperty({
    description: 'What the user signs in with; the same in upper and lower case, and unlike all others.',
    maxLength: 64,
    example: 'ada',
  })
  @Username()
  username: string;

  @ApiProperty({
    description: 'Never shown again. Its length counts, and that it is not what everybody would try first.',
    minLength: shortestPassword,
    maxLength: longestPassword,
    format: 'password',
    example: 'seven green lamps at noon',
  })
  @Password()
  password: string;

  @ApiPropertyOptional({ description: 'Told to clients that get the scope email.', example: 'ada@users.example' })
  @IsOptional()
  @EmailAddress()
  email?: string;
}

/** What an administrator changes about an account; what is left out stays. */
export class AccountChange {
  @ApiPropertyOptional({ maxLength: 64 })
  @IsOptional()
  @Username()
  username?: string;

  @ApiPropertyOptional({
    description: 'Ends every session and token of the user, and opens an account that is locked.',
    minLength: shortestPassword,
    maxLength: longestPassword,
    format: 'password',
  })
  @IsOptional()
  @Password()
  password?: string;

  @ApiPropertyOptional({ description: 'Or null, for none.', nullable: true, type: String })
  @IsOptional()
  @EmailAddress()
  email?: string;

  @ApiPropertyOptional({
    description: 'disabled ends every session and token of the user; active also opens an account that is locked.',
    enum: accountStates,
  })
  @IsOptional()
  @IsIn(accountStates, { message: `status must be ${accountStates.join(' or ')}` })
  status?: (typeof accountStates)[number];
}

/** Who a user is at an OpenID provider. */
export class UpstreamView {
  @ApiProperty({ format: 'uri' })
  issuer: string;

  @ApiProperty()
  subject: string;
}

/** An account as administrators see it. */
export class AccountView {
  @ApiProperty({ format: 'uuid', description: 'The sub of the user, in tokens and for clients without sectors.' })
  id: string;

  @ApiProperty({
    enum: [...accountStates, 'locked'],
    description: 'locked: 100 wrong passwords in a row.',
  })
  status: (typeof accountStates)[number] | 'locked';

  @ApiPropertyOptional({ description: 'Absent where the user signs in at an OpenID provider.', example: 'ada' })
  username?: string;

  @ApiPropertyOptional({ example: 'ada@users.example' })
  email?: string;

  @ApiPropertyOptional({ type: UpstreamView })
  upstream?: UpstreamView;

  @ApiProperty({ description: 'Seconds since the epoch.' })
  created_at: number;

  @ApiProperty({ description: 'Seconds since the epoch.' })
  updated_at: number;

  @ApiPropertyOptional({ description: 'Seconds since the epoch; absent when nobody did yet.' })
  last_signed_in_at?: number;
}

/** A page of accounts in the order in which they were made. */
export class AccountPage extends PageOf(AccountView) {}
