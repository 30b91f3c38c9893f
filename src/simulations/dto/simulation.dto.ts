import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsObject, IsOptional, IsString, Length } from 'class-validator';
import { ViolationBody } from '../../http/operation.js';
import { Part } from '../../http/strict-document.js';
import { ClientMetadata } from '../../metadata/client-metadata.js';
import type { TraceEntry } from '../../metadata/trace.js';

export const registrarTypes = [
  'anonymous',
  'initial_access_token',
  'access_token',
  'software_statement',
  'administrator',
] as const;

/** Who is taken to register. */
export class SimulatedRegistrar {
  @ApiProperty({ enum: registrarTypes })
  @IsIn(registrarTypes, { message: `type must be one of: ${registrarTypes.join(', ')}` })
  type: (typeof registrarTypes)[number];

  @ApiPropertyOptional({
    description:
      'An initial access token, whose template and bounds then hold as well; without it, one without bounds.',
    format: 'uuid',
  })
  @IsOptional()
  @IsString({ message: 'token_id must be a string' })
  token_id?: string;

  @ApiPropertyOptional({ description: 'The client whose access token it is.' })
  @IsOptional()
  @IsString({ message: 'client_id must be a string' })
  client_id?: string;

  @ApiPropertyOptional({
    description: 'The user whose access token it is; without it, the token is of the client itself.',
  })
  @IsOptional()
  @IsString({ message: 'subject must be a string' })
  subject?: string;

  @ApiPropertyOptional({ description: 'The trusted issuer of the software statement or the access token.' })
  @IsOptional()
  @IsString({ message: 'issuer must be a string' })
  issuer?: string;
}

/** What shall be tried out. */
export class SimulationRequest {
  @ApiProperty({ type: SimulatedRegistrar })
  @Part(() => SimulatedRegistrar)
  registrar: SimulatedRegistrar;

  @ApiPropertyOptional({
    description: 'The template; where absent, the one that a registration would be under.',
    example: 'partner-portal',
  })
  @IsOptional()
  @IsString({ message: 'template must be a string' })
  @Length(1, 64, { message: 'template must have 1 to 64 characters' })
  template?: string;

  @ApiProperty({ description: 'What would be sent to be registered.', type: ClientMetadata })
  @IsObject({ message: 'metadata must be an object' })
  metadata: Record<string, unknown>;
}

/** A version of a template. */
export class SimulatedTemplate {
  @ApiProperty({ example: 'partner-portal' })
  id: string;

  @ApiProperty({ example: 3 })
  version: number;
}

/** What one rule said. */
export class SimulatedRule implements TraceEntry {
  @ApiProperty({ enum: ['normalize', 'read', 'admit', 'fill_in', 'check'] })
  step: TraceEntry['step'];

  @ApiPropertyOptional({ description: 'What the rule is about.', example: 'scope' })
  member?: string;

  @ApiProperty({
    description: 'A clause of a standard, or a place in the template.',
    example: 'template: metadata.scope.subset_of',
  })
  rule: string;

  @ApiProperty({ enum: ['passed', 'changed', 'refused'] })
  outcome: TraceEntry['outcome'];

  @ApiPropertyOptional({ description: 'The value before the rule changed it.', type: Object })
  before?: unknown;

  @ApiPropertyOptional({ description: 'The value after the rule changed it.', type: Object })
  after?: unknown;
}

/** What a registration would come to, and why. */
export class SimulationResult {
  @ApiProperty({ enum: ['registered', 'refused'] })
  outcome: 'registered' | 'refused';

  @ApiPropertyOptional({ description: 'The template that decided, if there is one.', type: SimulatedTemplate })
  template?: SimulatedTemplate;

  @ApiPropertyOptional({ description: 'All that would be registered.', type: ClientMetadata })
  client?: ClientMetadata;

  @ApiPropertyOptional({ description: 'All that is wrong, in a stable order.', type: [ViolationBody] })
  violations?: ViolationBody[];

  @ApiProperty({ description: 'Each rule that was asked, in the order in which it was.', type: [SimulatedRule] })
  trace: SimulatedRule[];
}
