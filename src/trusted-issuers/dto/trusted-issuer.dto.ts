import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  ArrayMinSize,
  ArrayUnique,
  IsArray,
  IsIn,
  IsInt,
  IsNotEmpty,
  IsOptional,
  Matches,
  Max,
  Min,
  ValidateBy,
} from 'class-validator';
import { reservedScopes } from '../../config/scopes.js';
import { PlainText } from '../../http/plain-text.js';
import { keySetFaults } from '../../metadata/key-set.js';
import { webUriFault } from '../../metadata/web-uri.js';
import { templateId } from '../../templates/dto/template-document.dto.js';
import { PageOf } from '../../http/paging.js';
import {
  defaultAlgorithms,
  type IssuerAlgorithm,
  issuerAlgorithms,
  type IssuerUse,
  issuerUses,
} from '../../issuers/trust.js';

const givable = [...reservedScopes];
const tenYears = 315_360_000;

const judged = (name: string, faultOf: (value: unknown) => string | undefined): PropertyDecorator =>
  ValidateBy({
    name: `${name}Judged`,
    validator: {
      validate: (value: unknown) => faultOf(value) === undefined,
      defaultMessage: (told) => `${name}${faultOf(told?.value) ?? ''}`,
    },
  });

/** A list of some of `known`, without repetition. */
const Some = (known: readonly string[], fewest: number): PropertyDecorator => {
  const rules = [
    IsArray(),
    ArrayMinSize(fewest),
    ArrayMaxSize(known.length),
    ArrayUnique(),
    IsIn(known, { each: true, message: `each value in $property must be one of ${known.join(', ')}` }),
  ];
  return (target, name) => rules.forEach((rule) => rule(target, name));
};

/** All that an administrator says of an issuer. */
export class TrustedIssuerRequest {
  @ApiProperty({ description: 'The `iss` of what it signs, letter by letter.', example: 'https://directory.example' })
  @IsNotEmpty()
  @PlainText(255)
  issuer: string;

  @ApiProperty({
    description:
      'What its signature counts for. `software_statements`: what it signs vouches for clients (RFC 7591 section 2.3). `access_tokens`: its JWT access tokens (RFC 9068) are taken at /register, /my, /admin and /lookup, within `scopes`.',
    enum: issuerUses,
    isArray: true,
    example: ['software_statements'],
  })
  @Some(issuerUses, 1)
  uses: IssuerUse[];

  @ApiPropertyOptional({ description: 'Its public keys (RFC 7517); either these or jwks_uri.', type: Object })
  @IsOptional()
  @judged('jwks', (value) => {
    const [fault] = keySetFaults(value);
    if (fault !== undefined) return fault.startsWith('.') ? fault : ` ${fault}`;
    return (value as { keys: unknown[] }).keys.length === 0 ? ' must hold a key' : undefined;
  })
  jwks?: { keys: Record<string, unknown>[] };

  @ApiPropertyOptional({
    description: 'Where its public keys are, over https.',
    example: 'https://directory.example/jwks.json',
  })
  @IsOptional()
  @judged('jwks_uri', (value) => {
    const fault = webUriFault(value, 'called');
    return fault === undefined ? undefined : ` ${fault}`;
  })
  jwks_uri?: string;

  @ApiPropertyOptional({
    description: 'The algorithms that its signatures may have.',
    enum: issuerAlgorithms,
    isArray: true,
    default: defaultAlgorithms,
  })
  @IsOptional()
  @Some(issuerAlgorithms, 1)
  algorithms?: IssuerAlgorithm[];

  @ApiPropertyOptional({
    description:
      'What `aud` must name: always in access tokens, in statements where they have one. The issuer of this server unless it is said.',
    example: 'https://registry.example',
  })
  @IsOptional()
  @IsNotEmpty()
  @PlainText(255)
  audience?: string;

  @ApiPropertyOptional({
    description: 'The template under which its statements and its dcr tokens register; by selection where absent.',
    example: 'partner-portal',
  })
  @IsOptional()
  @Matches(templateId, { message: 'template must be the id of an active template' })
  template?: string;

  @ApiPropertyOptional({
    description:
      'Seconds after their `iat` for which access tokens, and statements without `exp`, are taken; without it, statements need an `exp`.',
    minimum: 1,
    maximum: tenYears,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(tenYears)
  max_age?: number;

  @ApiPropertyOptional({
    description: 'The most that its access tokens carry here; nobody gives what their own token lacks.',
    enum: givable,
    isArray: true,
    default: [],
  })
  @IsOptional()
  @Some(givable, 0)
  scopes?: string[];

  @ApiPropertyOptional({ description: 'What it is; shown in lists.', example: 'open banking directory' })
  @IsOptional()
  @PlainText(255)
  label?: string;
}

/** An issuer as administrators see it. */
export class TrustedIssuerView extends OmitType(TrustedIssuerRequest, ['algorithms', 'audience', 'scopes'] as const) {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ enum: issuerAlgorithms, isArray: true })
  algorithms: IssuerAlgorithm[];

  @ApiProperty()
  audience: string;

  @ApiProperty({ enum: givable, isArray: true })
  scopes: string[];

  @ApiProperty({ description: 'Seconds since the epoch.' })
  created_at: number;

  @ApiProperty({ description: 'Seconds since the epoch.' })
  updated_at: number;

  @ApiProperty({ description: 'Counts its changes from 1.' })
  version: number;
}

/** A page of issuers in the order in which they were made. */
export class TrustedIssuerPage extends PageOf(TrustedIssuerView) {}
