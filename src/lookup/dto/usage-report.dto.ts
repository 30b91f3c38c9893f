import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  ArrayMaxSize,
  IsArray,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  Matches,
  Max,
  Min,
} from 'class-validator';

/** As many as a body has room for. */
const mostItems = 500;

const latest = 253_402_300_799;

/** When an authorization server saw a client last. */
export class UsedClient {
  @ApiProperty()
  @Matches(/^[\x21-\x7e]{1,255}$/, { message: '$property must be the client_id of a client' })
  client_id: string;

  @ApiPropertyOptional({ description: 'The secret that it used, if it was one.' })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  secret_id?: string;

  @ApiProperty({ description: 'Seconds since the epoch, not later than now.', example: 1764000000 })
  @IsInt()
  @Min(1)
  @Max(latest)
  last_used_at: number;
}

/** Which clients an authorization server saw since its last report; none is a report too. */
export class UsageReport {
  @ApiProperty({ type: [UsedClient], maxItems: mostItems })
  @IsArray()
  @ArrayMaxSize(mostItems)
  @IsObject({ each: true })
  items: UsedClient[];
}
