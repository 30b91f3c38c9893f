import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ArrayUnique, IsArray, IsIn, IsObject, IsOptional, Matches } from 'class-validator';
import { compatibilities, type Compatibility } from '../../compatibility/portals.js';
import { PlainText } from '../../http/plain-text.js';
import { Part } from '../../http/strict-document.js';
import { defaultables, type DefaultableRegistrar } from '../client-template.js';
import type { Extensions } from '../extension-value.js';
import { type MetadataPolicy, operators } from '../metadata-policy.js';
import { TemplateAccess } from './access.dto.js';
import {
  TemplateLifecycle,
  TemplateLimits,
  TemplateRedirectUris,
  TemplateRegistrationAccessToken,
  TemplateSecrets,
} from './rules.dto.js';

export const statuses = ['active', 'off'] as const;
export const unknownMembers = ['ignore', 'refuse'] as const;

/** What an id may look like: it stands in addresses, and clients name it as their software_id. */
export const templateId = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** A template as an administrator writes it; a member that is left out changes nothing. */
export class TemplateDocument {
  @ApiProperty({
    description: 'Chosen once. A client that sends it as its software_id asks for this template.',
    pattern: templateId.source,
    example: 'partner-portal',
  })
  @Matches(templateId, {
    message: 'id must be 1 to 64 letters, digits, dots, hyphens and underscores, a letter or digit first',
  })
  id: string;

  @ApiPropertyOptional({
    description: 'Nobody registers under a template that is off; its clients stay as they are.',
    enum: statuses,
    default: 'active',
  })
  @IsOptional()
  @IsIn(statuses)
  status?: (typeof statuses)[number];

  @ApiPropertyOptional({ example: 'Apps that partners make in the API portal' })
  @IsOptional()
  @PlainText(1000)
  description?: string;

  @ApiPropertyOptional({
    description: 'The registrars whose clients come under it when nothing else decides; one active template for each.',
    enum: defaultables,
    isArray: true,
    default: [],
  })
  @IsOptional()
  @IsArray()
  @ArrayUnique()
  @IsIn(defaultables, { each: true })
  default_for?: DefaultableRegistrar[];

  @ApiPropertyOptional({ type: TemplateAccess })
  @IsOptional()
  @Part(() => TemplateAccess)
  access?: TemplateAccess;

  @ApiPropertyOptional({
    description: `The metadata policy, by member (OpenID Federation 1.0 section 6.1): ${operators.join(', ')}. within is like subset_of, but refuses what subset_of drops.`,
    type: 'object',
    additionalProperties: {
      type: 'object',
      properties: Object.fromEntries(operators.map((operator) => [operator, {}])),
      additionalProperties: false,
    },
    example: { grant_types: { subset_of: ['authorization_code', 'refresh_token'], default: ['authorization_code'] } },
  })
  @IsOptional()
  @IsObject()
  metadata?: MetadataPolicy;

  @ApiPropertyOptional({ type: TemplateRedirectUris })
  @IsOptional()
  @Part(() => TemplateRedirectUris)
  redirect_uris?: TemplateRedirectUris;

  @ApiPropertyOptional({ type: TemplateSecrets })
  @IsOptional()
  @Part(() => TemplateSecrets)
  secrets?: TemplateSecrets;

  @ApiPropertyOptional({ type: TemplateRegistrationAccessToken })
  @IsOptional()
  @Part(() => TemplateRegistrationAccessToken)
  registration_access_token?: TemplateRegistrationAccessToken;

  @ApiPropertyOptional({ type: TemplateLifecycle })
  @IsOptional()
  @Part(() => TemplateLifecycle)
  lifecycle?: TemplateLifecycle;

  @ApiPropertyOptional({ type: TemplateLimits })
  @IsOptional()
  @Part(() => TemplateLimits)
  limits?: TemplateLimits;

  @ApiPropertyOptional({
    description: 'What becomes of members that nobody knows.',
    enum: unknownMembers,
    default: 'ignore',
  })
  @IsOptional()
  @IsIn(unknownMembers)
  unknown_members?: (typeof unknownMembers)[number];

  @ApiPropertyOptional({
    description:
      'strict, or the portal whose dialect its callers speak: what they send in its words is put into those of the standards before it is read, and each answer says what the portal needs to hear.',
    enum: compatibilities,
    default: 'strict',
  })
  @IsOptional()
  @IsIn(compatibilities)
  compatibility?: Compatibility;

  @ApiPropertyOptional({
    description:
      'Members that its clients may have besides those of the standards, by name; each with type, enum, minLength, maxLength, minimum, maximum and items.',
    type: 'object',
    additionalProperties: { type: 'object', additionalProperties: true },
    example: { x_department: { type: 'string', maxLength: 64 } },
  })
  @IsOptional()
  @IsObject()
  extensions?: Extensions;
}
