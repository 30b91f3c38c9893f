import { Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiTags } from '@nestjs/swagger';
import type { Administrator } from '../administrators/administrators.service.js';
import { Access, Caller } from '../http/access.guard.js';
import { JsonBody } from '../http/json-body.js';
import { bodyRefusals, Operation, tokenRefusals } from '../http/operation.js';
import { readStrictly } from '../http/strict-document.js';
import type { JsonObject } from '../http/strict-json.js';
import { SimulationRequest, SimulationResult } from './dto/simulation.dto.js';
import { Simulations } from './simulations.service.js';

@ApiTags('Templates')
@Controller('admin/simulations')
export class SimulationsController {
  constructor(private readonly simulations: Simulations) {}

  @Post()
  @HttpCode(200)
  @Access({ by: 'administrator', scope: 'templates:write' })
  @ApiBody({
    type: SimulationRequest,
    examples: {
      selection: {
        summary: 'What a caller with an initial access token would get',
        value: {
          registrar: { type: 'initial_access_token' },
          metadata: { client_name: 'Weather', redirect_uris: ['https://app.example/callback'] },
        },
      },
      template: {
        summary: 'What a template makes of a user who registers through a portal',
        value: {
          registrar: { type: 'access_token', client_id: 'portal-registrar', subject: 'user-1' },
          template: 'partner-portal',
          metadata: { redirect_uris: ['https://app.partners.example/callback'], scope: 'openid' },
        },
      },
    },
  })
  @Operation({
    id: 'simulateRegistration',
    summary: 'Try a registration out',
    description:
      'Decides like a registration would, and says what would be registered or refused, and each rule that passed, changed or refused something. Stores nothing and spends nothing.',
    token: 'administrator_token',
    answer: { status: 200, description: 'What would happen, and why.', type: SimulationResult },
    refusals: ['invalid_request', ...tokenRefusals, ...bodyRefusals],
  })
  simulate(
    @JsonBody({ malformed: 'invalid_request' }) document: JsonObject,
    @Caller() administrator: Administrator,
  ): Promise<SimulationResult> {
    return this.simulations.simulate(readStrictly(SimulationRequest, document), administrator);
  }
}
