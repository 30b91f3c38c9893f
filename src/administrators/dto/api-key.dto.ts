import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayMinSize, ArrayUnique, IsArray, IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { type AdministratorScope, administratorScopes } from '../../config/scopes.js';
import { PlainText } from '../../http/plain-text.js';
import { PageOf } from '../../http/paging.js';

const tenYears = 315_360_000;

/** What an administrator asks for when making an API key. */
export class ApiKeyRequest {
  @ApiProperty({ description: 'Who has it and what for; shown in lists.', example: 'authorization server' })
  @PlainText(255)
  label: string;

  @ApiProperty({
    description: 'What it may do: no scope that the maker lacks.',
    enum: administratorScopes,
    isArray: true,
    example: ['clients:lookup', 'clients:secrets'],
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayUnique()
  @IsIn(administratorScopes, {
    each: true,
    message: `scopes must be out of ${administratorScopes.join(', ')}`,
  })
  scopes: AdministratorScope[];

  @ApiPropertyOptional({
    description: 'Seconds until it expires; never unless it is said.',
    minimum: 1,
    maximum: tenYears,
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(tenYears)
  expires_in?: number;
}

const apiKeyStates = ['active', 'expired', 'revoked'] as const;

/** An API key as administrators see it. */
export class ApiKeyView {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ enum: apiKeyStates })
  status: (typeof apiKeyStates)[number];

  @ApiProperty({ example: 'authorization server' })
  label: string;

  @ApiProperty({ enum: administratorScopes, isArray: true })
  scopes: readonly AdministratorScope[];

  @ApiProperty({ description: 'Seconds since the epoch.' })
  created_at: number;

  @ApiPropertyOptional({ description: 'Seconds since the epoch; absent when it never expires.' })
  expires_at?: number;

  @ApiPropertyOptional({ description: 'Seconds since the epoch, up to a minute late; absent when it was never used.' })
  last_used_at?: number;

  @ApiPropertyOptional({ description: 'Seconds since the epoch.' })
  revoked_at?: number;
}

/** A key just made, with its text, which is shown this once. */
export class MadeApiKey extends ApiKeyView {
  @ApiProperty({ description: 'The bearer token; only its digest is kept.', example: 'cadm_…' })
  token: string;
}

/** A page of keys in the order in which they were made. */
export class ApiKeyPage extends PageOf(ApiKeyView) {}
