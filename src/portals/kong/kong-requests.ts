import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** An application as Konnect sends it; it sends more, which the template keeps where it declares it. */
export class KongApplication {
  @ApiProperty({ type: [String] })
  redirect_uris: string[];

  @ApiProperty()
  client_name: string;

  @ApiProperty({ type: [String] })
  grant_types: string[];

  @ApiPropertyOptional({ type: [String] })
  scopes?: string[];

  @ApiProperty()
  token_endpoint_auth_method: string;

  @ApiPropertyOptional()
  application_description?: string;

  @ApiPropertyOptional()
  portal_id?: string;

  @ApiPropertyOptional()
  organization_id?: string;

  @ApiPropertyOptional()
  developer_id?: string;

  @ApiPropertyOptional()
  auth_strategy_id?: string;

  @ApiPropertyOptional()
  dcr_provider_id?: string;
}

export const kongEvents = ['update_application', 'add_registration', 'remove_registration'] as const;

export type KongEventType = (typeof kongEvents)[number];

/** What happened to an application in Konnect. */
export class KongEvent {
  @ApiProperty({ enum: kongEvents })
  event_type: KongEventType;

  @ApiPropertyOptional({ description: 'That of the address.' })
  client_id?: string;

  @ApiPropertyOptional({ description: 'Becomes client_name by update_application.' })
  application_name?: string;

  @ApiPropertyOptional({ description: 'Kept by update_application.' })
  application_description?: string;

  @ApiPropertyOptional({ type: [String], description: 'Replaced by update_application.' })
  redirect_uris?: string[];

  @ApiPropertyOptional({ description: 'What is added or removed.' })
  api_product_version_id?: string;
}
