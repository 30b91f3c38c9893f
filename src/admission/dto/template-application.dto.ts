import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ViolationBody } from '../../http/operation.js';

export const applicationOutcomes = ['unchanged', 'changed', 'broken'] as const;

/** What became of one client. */
export class AppliedClient {
  @ApiProperty({ format: 'uuid' })
  client_id: string;

  @ApiProperty({
    description:
      'unchanged: its registration and the time of its end are the same as before; changed: they are others now; broken: the newest version refuses it, so that it keeps the version that it has.',
    enum: applicationOutcomes,
  })
  outcome: (typeof applicationOutcomes)[number];

  @ApiPropertyOptional({
    description:
      'Of a changed client whose life under the newest version is over already: it expires as it is moved, and can be restored.',
    enum: [true],
  })
  ends?: true;

  @ApiPropertyOptional({ description: 'Why the newest version refuses it.', type: [ViolationBody] })
  violations?: ViolationBody[];
}

/** What became of the clients of a template, or would with dry_run. */
export class TemplateApplication {
  @ApiProperty({ description: 'How many clients are the same as before.' })
  unchanged: number;

  @ApiProperty({ description: 'How many clients have another registration or another end now.' })
  changed: number;

  @ApiProperty({ description: 'How many clients the newest version refuses.' })
  broken: number;

  @ApiPropertyOptional({ description: 'How many of the changed ones end with it; absent where none does.' })
  ending?: number;

  @ApiProperty({
    description:
      'At most 1,000 of them: the broken ones first, then those that end, the changed, then the unchanged ones.',
    type: [AppliedClient],
  })
  clients: AppliedClient[];
}
