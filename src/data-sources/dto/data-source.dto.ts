import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** A setting that endangers what was acknowledged. */
export class UnsafeSetting {
  @ApiProperty({ example: 'innodb_flush_log_at_trx_commit' })
  setting: string;

  @ApiProperty({ example: '0' })
  value: string;

  @ApiProperty({ description: 'What to set instead.', example: '1' })
  wanted: string;
}

/** A data source as administrators see it. */
export class DataSourceView {
  @ApiProperty({ example: 'default' })
  name: string;

  @ApiProperty({ enum: ['sqlite', 'mysql', 'postgres'] })
  kind: string;

  @ApiProperty({ description: 'Where it is, without credentials.', example: 'sqlite:data/clientele.db' })
  address: string;

  @ApiProperty({ description: 'What it is for.', isArray: true, enum: ['dynamic', 'database'] })
  roles: string[];

  @ApiProperty({ description: 'Whether it answers.' })
  reachable: boolean;

  @ApiPropertyOptional({ description: 'Why it does not serve.' })
  fault?: string;

  @ApiPropertyOptional({ description: 'The version of the database.', example: '10.11.19-MariaDB' })
  version?: string;

  @ApiPropertyOptional({ description: 'Milliseconds for a statement that does nothing.' })
  latency_ms?: number;

  @ApiProperty({ description: 'How many connections it may have.' })
  pool_size: number;

  @ApiPropertyOptional({ type: [String], description: 'Migrations that it lacks; npm run migrate runs them.' })
  pending_migrations?: string[];

  @ApiPropertyOptional({ type: [UnsafeSetting], description: 'Settings that endanger durability.' })
  unsafe_settings?: UnsafeSetting[];

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'How many rows each table has.',
    example: { clients: 3 },
  })
  counts?: Record<string, number>;
}

/** Every data source, in the order of the configuration. */
export class DataSourceList {
  @ApiProperty({ type: [DataSourceView] })
  items: DataSourceView[];
}
