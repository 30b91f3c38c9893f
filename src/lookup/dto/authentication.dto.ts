import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';

/** A secret that a client presented to an authorization server. */
export class AuthenticationRequest {
  @ApiProperty({ example: 'the secret that the client presented' })
  @IsString()
  @Length(1, 4096)
  client_secret: string;
}

/** Whether the secret is one of the client's, and which. */
export class Authentication {
  @ApiProperty()
  authenticated: boolean;

  @ApiPropertyOptional({ format: 'uuid', description: 'Only with a right secret.' })
  secret_id?: string;
}
