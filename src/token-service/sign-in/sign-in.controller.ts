import { Controller, Get, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Access } from '../../http/access.guard.js';
import { readForm } from '../../http/form-body.js';
import { bodyRefusals, Operation } from '../../http/operation.js';
import { mountPath } from '../addresses.js';
import { forPeople } from './for-people.js';
import { Interactions } from './interactions.js';

const uid = ApiParam({ name: 'uid', description: 'Names the interaction, to the browser that began it.' });
const answer = { description: 'A page.', mediaType: 'text/html', schema: { type: 'string' } };
const refusals = ['invalid_request'] as const;

/** The pages where users sign in and consent; they work without scripts. */
@ApiTags('Token service')
@Controller(`${mountPath.slice(1)}/interaction`)
@Access('anyone')
export class SignInController {
  constructor(private readonly interactions: Interactions) {}

  @Get(':uid')
  @uid
  @Operation({
    id: 'showInteraction',
    summary: 'Where the user signs in and consents',
    description: "OpenID Connect Core 1.0 sections 3.1.2.3 and 3.1.2.4. The user's browser is sent here.",
    answer: { status: 200, ...answer },
    refusals,
  })
  show(@Req() request: Request, @Res() response: Response): Promise<void> {
    return this.interactions.show(request, forPeople(response));
  }

  @Post(':uid')
  @uid
  @ApiBody({
    required: true,
    content: {
      'application/x-www-form-urlencoded': {
        schema: {
          type: 'object',
          required: ['proof', 'answer'],
          properties: {
            proof: { type: 'string' },
            answer: { type: 'string', enum: ['sign-in', 'cancel', 'allow', 'deny', 'switch'] },
            username: { type: 'string' },
            password: { type: 'string', format: 'password' },
            remember: { type: 'string', enum: ['yes'] },
            certain: { type: 'string', enum: ['yes'] },
          },
        },
      },
    },
  } as never)
  @Operation({
    id: 'answerInteraction',
    summary: 'What the user said on that page',
    description: 'The forms of that page come here, and those of no other site.',
    answer: { ...answer, status: 303, description: 'The way on.' },
    refusals: [...refusals, 'access_denied', ...bodyRefusals, 'rate_limited'],
  })
  async answer(@Req() request: Request, @Res() response: Response): Promise<void> {
    await this.interactions.answer(request, forPeople(response), await readForm(request));
  }
}
