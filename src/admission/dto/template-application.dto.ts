import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ViolationBody } from '../../http/operation.js';

export const applicationOutcomes = ['unchanged', 'changed', 'broken'] as const;

/** What became of one client. */
export class AppliedClient {
  @ApiProperty({ format: 'uuid' })
  client_id: string;

  @ApiProperty({
    description:
      'unchanged: its registration is the same as before; changed: its registration is another one now; broken: the newest version refuses it, so that it keeps the version that it has.',
    enum: applicationOutcomes,
  })
  outcome: (typeof applicationOutcomes)[number];

  @ApiPropertyOptional({ description: 'Why the newest version refuses it.', type: [ViolationBody] })
  violations?: ViolationBody[];
}

/** What became of the clients of a template, or would with dry_run. */
export class TemplateApplication {
  @ApiProperty({ description: 'How many registrations are the same as before.' })
  unchanged: number;

  @ApiProperty({ description: 'How many registrations are other ones now.' })
  changed: number;

  @ApiProperty({ description: 'How many clients the newest version refuses.' })
  broken: number;

  @ApiProperty({
    description: 'At most 1,000 of them: the broken ones first, then the changed, then the unchanged ones.',
    type: [AppliedClient],
  })
  clients: AppliedClient[];
}
