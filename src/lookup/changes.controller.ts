import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiQuery, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Refusal } from '../errors.js';
import { Access } from '../http/access.guard.js';
import { Operation, tokenRefusals } from '../http/operation.js';
import { Changes } from './changes.service.js';
import { ChangePage } from './dto/change.dto.js';

/** In seconds. */
export const longestWait = 30;

@ApiTags('Look-up')
@Controller('lookup/changes')
@Access({ by: 'administrator', scope: 'clients:lookup' })
export class ChangesController {
  constructor(private readonly changes: Changes) {}

  @Get()
  @ApiQuery({
    name: 'after',
    required: false,
    description: 'The `next` of the call before; without it, from the very first client on.',
    schema: { type: 'string' },
  })
  @ApiQuery({
    name: 'wait',
    required: false,
    description: 'Seconds to wait for a change when there is none.',
    schema: { type: 'integer', minimum: 0, maximum: longestWait, default: 0 },
  })
  @Operation({
    id: 'listChanges',
    summary: 'Hear which clients have changed',
    description:
      'For servers that keep clients for a while: forget or read again what is named here. Clients come in the order of their last change, new and deleted ones too, each as it is now, at most 1,000 in an answer: ask on with next at once while there are items. Each change is told at least once; those of the last ten seconds may come again, and never move next past them. The end of a client whose time is over is told when it is written down, within about a minute, though the client ended before.',
    token: 'administrator_token',
    answer: { status: 200, description: 'What changed, perhaps nothing.', type: ChangePage },
    refusals: ['invalid_request', ...tokenRefusals, 'rate_limited'],
  })
  async list(
    @Query('after') after: string | undefined,
    @Query('wait') wait: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<ChangePage> {
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    return this.changes.after(after, secondsOf(wait), gone.signal);
  }
}

function secondsOf(wait = '0'): number {
  if (/^\d{1,2}$/.test(wait) && Number(wait) <= longestWait) return Number(wait);
  throw new Refusal('invalid_request', `wait must be whole seconds from 0 to ${longestWait}`);
}
