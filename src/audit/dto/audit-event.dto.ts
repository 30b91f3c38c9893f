import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Actor, Changes } from '../audit-event.entity.js';
import { PageOf } from '../../http/paging.js';

/** An event as administrators read it. */
export class AuditEventView {
  @ApiProperty({ format: 'uuid' })
  id: string;

  @ApiProperty({ description: 'Seconds since the epoch.' })
  at: number;

  @ApiProperty({
    description: 'What was done; of a refusal, the method and address that were called.',
    example: 'client.registered',
  })
  action: string;

  @ApiProperty({
    description:
      'Who did it: an initial access token, a client (by itself, or for a user by an access token), an API key. ADMIN_TOKEN and the program have no id.',
    type: 'object',
    properties: {
      type: { type: 'string' },
      token_id: { type: 'string' },
      client_id: { type: 'string' },
      subject: { type: 'string' },
      key_id: { type: 'string' },
    },
    required: ['type'],
    example: { type: 'administrator', key_id: '019aaf2e-…' },
  })
  actor: Actor;

  @ApiPropertyOptional({ description: 'The client that it is about.' })
  client_id?: string;

  @ApiProperty({ enum: ['done', 'refused'] })
  outcome: 'done' | 'refused';

  @ApiProperty({
    description: 'Each changed member before and after; no credential, and no value of what is about people.',
    type: 'object',
    additionalProperties: { type: 'object', properties: { before: {}, after: {} } },
    example: { client_name: { before: 'Weather', after: 'Weather 2' } },
  })
  changes: Changes;

  @ApiProperty({
    description: 'The rules that changed or refused something.',
    type: 'array',
    items: { type: 'object' },
    example: [{ rule: 'RFC 7591 section 2.1', member: 'response_types', outcome: 'refused', message: '…' }],
  })
  trace: readonly unknown[];

  @ApiPropertyOptional({ description: 'The X-Request-Id of the request.' })
  request_id?: string;

  @ApiProperty({ description: 'Over all of the event, keyed by SECRET_KEY; npm run audit -- verify checks it.' })
  digest: string;

  @ApiPropertyOptional({
    description:
      'Members into whose place in the data source somebody wrote something else: they are shown empty, and an actor is of the type unreadable.',
    type: [String],
    enum: ['actor', 'changes', 'trace'],
  })
  unreadable?: string[];
}

/** A page of events, the newest first. */
export class AuditEventPage extends PageOf(AuditEventView) {}
