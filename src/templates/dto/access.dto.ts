import { ApiExtraModels, ApiProperty, ApiPropertyOptional, getSchemaPath } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { PlainText } from '../../http/plain-text.js';
import { Part } from '../../http/strict-document.js';
import { HostPatterns, SomeOf, YesOrNo } from './fields.js';

export const tokenHolders = ['client', 'user'] as const;

/** Which OAuth access tokens of scope `dcr` may register. */
export class AccessTokenAccess {
  @ApiPropertyOptional({
    description: 'Whose tokens: of a client for itself, of a user through a client.',
    enum: tokenHolders,
    isArray: true,
    default: tokenHolders,
  })
  @IsOptional()
  @SomeOf()
  @IsIn(tokenHolders, { each: true })
  by?: (typeof tokenHolders)[number][];

  @ApiPropertyOptional({
    description: 'The client_id of each client whose tokens are taken; any client unless it is said.',
    type: [String],
    example: ['portal-registrar'],
  })
  @IsOptional()
  @SomeOf()
  @PlainText(255, { each: true })
  clients?: string[];

  @YesOrNo('Whether one token registers one client.', true)
  single_use?: boolean;
}

/** Whose software statements may register. */
export class SoftwareStatementAccess {
  @ApiProperty({
    description: 'The trusted issuers whose statements are taken.',
    type: [String],
    example: ['https://directory.example'],
  })
  @SomeOf()
  @PlainText(1000, { each: true })
  issuers: string[];

  @YesOrNo('Whether nobody registers without a statement.', false)
  required?: boolean;
}

/** Which clients are taken whose client_id is the address of a document that describes them. */
export class MetadataDocumentAccess {
  @ApiPropertyOptional({
    description: 'Patterns of the host of that address; *. stands for one or more labels. Any host unless it is said.',
    type: [String],
    example: ['*.partners.example'],
  })
  @IsOptional()
  @HostPatterns()
  hosts?: string[];
}

/** Who may register under the template; what is left out is false. */
@ApiExtraModels(AccessTokenAccess, SoftwareStatementAccess, MetadataDocumentAccess)
export class TemplateAccess {
  @YesOrNo('Initial access tokens that were made here.', false)
  initial_access_token?: boolean;

  @ApiPropertyOptional({
    description: 'OAuth access tokens of scope dcr; true for those of any client, for itself or for a user.',
    oneOf: [{ type: 'boolean' }, { $ref: getSchemaPath(AccessTokenAccess) }],
    default: false,
  })
  @IsOptional()
  @Part(() => AccessTokenAccess, { or: [true, false] })
  access_token?: boolean | AccessTokenAccess;

  @ApiPropertyOptional({
    description: 'Software statements of trusted issuers.',
    oneOf: [{ type: 'boolean', enum: [false] }, { $ref: getSchemaPath(SoftwareStatementAccess) }],
    default: false,
  })
  @IsOptional()
  @Part(() => SoftwareStatementAccess, { or: [false] })
  software_statement?: false | SoftwareStatementAccess;

  @YesOrNo('Callers without any token.', false)
  anonymous?: boolean;

  @ApiPropertyOptional({
    description:
      'Clients whose client_id is the address of a document that describes them, where METADATA_DOCUMENT_TEMPLATE names this template; true for those of any host.',
    oneOf: [{ type: 'boolean' }, { $ref: getSchemaPath(MetadataDocumentAccess) }],
    default: false,
  })
  @IsOptional()
  @Part(() => MetadataDocumentAccess, { or: [true, false] })
  metadata_document?: boolean | MetadataDocumentAccess;

  @YesOrNo('Whether a client waits as pending until an administrator approves it.', false)
  approval?: boolean;
}
