import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsInt,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
  ValidateBy,
} from 'class-validator';
import { PlainText } from '../../http/plain-text.js';
import { hostPattern } from '../../metadata/host-pattern.js';
import { isScope } from '../../metadata/scope.js';
import { PageOf } from '../../http/paging.js';

const tenYears = 315_360_000;

const scopeTokens = {
  name: 'scopeTokens',
  validator: {
    validate: (value: unknown) => typeof value === 'string' && isScope(value),
    defaultMessage: () => 'scope must be scope tokens separated by single spaces',
  },
};

/** What an administrator asks for when making an initial access token. */
export class InitialAccessTokenRequest {
  @ApiPropertyOptional({
    description:
      'The template of its clients; where absent, the one that the software_id of a client names, else the one that is the default for initial access tokens.',
  })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  template?: string;

  @ApiPropertyOptional({ description: 'How many clients it may register.', default: 1, minimum: 1, maximum: 1_000_000 })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(1_000_000)
  uses?: number;

  @ApiPropertyOptional({ description: 'Seconds until it expires.', default: 86_400, minimum: 1, maximum: tenYears })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(tenYears)
  expires_in?: number;

  @ApiPropertyOptional({ description: 'What it is for; shown in lists.', example: 'partner portal' })
  @IsOptional()
  @PlainText(255)
  label?: string;

  @ApiPropertyOptional({ description: 'Becomes the owner of its clients.', example: 'team-payments' })
  @IsOptional()
  @PlainText(255)
  owner?: string;

  @ApiPropertyOptional({
    description: 'The most that its clients may be given, out of SCOPES.',
    example: 'openid profile',
  })
  @IsOptional()
  @IsString()
  @Length(1, 4000)
  @ValidateBy(scopeTokens)
  scope?: string;

  @ApiPropertyOptional({ description: 'The software_id of its clients; filled in where a client leaves it out.' })
  @IsOptional()
  @PlainText(255)
  software_id?: string;

  @ApiPropertyOptional({
    description: 'Host patterns that every redirect URI of its clients must match; *. stands for one or more labels.',
    type: [String],
    example: ['app.example', '*.partners.example'],
  })
  @IsOptional()
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(100)
  @IsString({ each: true })
  @Matches(hostPattern, {
    each: true,
    message: 'redirect_hosts must be lower-case host names, each optionally with *. in front',
  })
  redirect_hosts?: string[];

  @ApiPropertyOptional({
    description:
      'Whether it also reads, replaces and deletes the clients that it made, and renews their secrets: until it expires, be its uses spent or not, since those are for registrations.',
    default: false,
  })
  @IsOptional()
  @IsBoolean()
  manages?: boolean;
}

export const tokenStates = ['active', 'spent', 'expired', 'revoked'] as const;

/** An initial access token as administrators see it. */
export class InitialAccessTokenView {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ enum: tokenStates })
  status: (typeof tokenStates)[number];

  @ApiPropertyOptional({ example: 'partner-portal' })
  template?: string;

  @ApiProperty({ description: 'How many clients it may register in all.' })
  uses: number;

  @ApiProperty({ description: 'How many more clients it may register.' })
  uses_left: number;

  @ApiPropertyOptional()
  label?: string;

  @ApiPropertyOptional()
  owner?: string;

  @ApiPropertyOptional()
  scope?: string;

  @ApiPropertyOptional()
  software_id?: string;

  @ApiPropertyOptional({ type: [String] })
  redirect_hosts?: readonly string[];

  @ApiProperty()
  manages: boolean;

  @ApiProperty({ description: 'Seconds since the epoch.' })
  created_at: number;

  @ApiProperty({ description: 'Seconds since the epoch.' })
  expires_at: number;

  @ApiPropertyOptional({ description: 'Seconds since the epoch.' })
  revoked_at?: number;
}

/** A token just made, with its text, which is shown this once. */
export class MadeInitialAccessToken extends InitialAccessTokenView {
  @ApiProperty({ description: 'The token itself; only its digest is kept.', example: 'ciat_…' })
  token: string;
}

/** A page of tokens in the order in which they were made. */
export class InitialAccessTokenPage extends PageOf(InitialAccessTokenView) {}
