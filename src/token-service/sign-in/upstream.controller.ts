import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiParam, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Refusal } from '../../errors.js';
import { Access } from '../../http/access.guard.js';
import { Operation } from '../../http/operation.js';
import { interactionPath, mountPath } from '../addresses.js';
import { forPeople } from './for-people.js';
import { Interactions } from './interactions.js';
import { UpstreamProvider } from './upstream.js';

const back = {
  answer: { status: 303, description: 'The way on.', mediaType: 'text/html', schema: { type: 'string' } },
  refusals: ['invalid_request', 'not_found', 'rate_limited'],
} as const;

/** Where users come back from the OpenID provider at which they sign in. */
@ApiTags('Token service')
@Controller(mountPath.slice(1))
@Access('anyone')
export class UpstreamController {
  constructor(
    private readonly upstream: UpstreamProvider,
    private readonly interactions: Interactions,
  ) {}

  @Get('upstream')
  @Operation({
    ...back,
    id: 'returnFromUpstream',
    summary: 'Where the upstream OpenID provider sends users back to',
    description: 'OpenID Connect Core 1.0 section 3.1.2.5. The redirect URI to register there.',
  })
  comeBack(@Req() request: Request, @Res() response: Response): void {
    forPeople(response);
    if (!this.upstream.isThere) throw new Refusal('not_found', 'users sign in here, and nowhere else');
    const { searchParams } = new URL(request.originalUrl, 'http://localhost');
    const uid = this.upstream.interactionOf(searchParams.get('state'));
    if (uid === undefined)
      throw new Refusal('invalid_request', 'this sign-in has expired; go back to the application and start again');
    // The cookie that tells whose interaction it is goes to its own address only.
    response.redirect(303, `${interactionPath(uid)}/upstream?${searchParams.toString()}`);
  }

  @Get('interaction/:uid/upstream')
  @ApiParam({ name: 'uid', description: 'Names the interaction, to the browser that began it.' })
  @Operation({
    ...back,
    id: 'arriveFromUpstream',
    summary: 'Go on with an interaction after the user has signed in at the upstream provider',
    description: 'OpenID Connect Core 1.0 sections 3.1.3 and 3.1.3.7.',
  })
  arrive(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.interactions.arrive(request, forPeople(response));
  }
}
