import { Injectable } from '@nestjs/common';
import { AdmissionService } from '../admission/admission.service.js';
import type { Registrar } from '../admission/registrar.js';
import { Trace } from '../admission/trace.js';
import type { Administrator } from '../administrators/administrators.service.js';
import { Environment } from '../config/environment.js';
import { Refusal, type Violation } from '../errors.js';
import { InitialAccessTokens } from '../initial-access-tokens/initial-access-tokens.service.js';
import { Templates } from '../templates/templates.service.js';
import type { SimulatedRegistrar, SimulationRequest, SimulationResult } from './dto/simulation.dto.js';

/** Tries registrations out: decides on them like on real ones, and stores nothing. */
@Injectable()
export class Simulations {
  constructor(
    private readonly admission: AdmissionService,
    private readonly tokens: InitialAccessTokens,
    private readonly templates: Templates,
    private readonly environment: Environment,
  ) {}

  /** What a registration would come to, and every rule that passed, changed or refused. */
  async simulate(
    { registrar: wanted, template, metadata }: SimulationRequest,
    administrator: Administrator,
  ): Promise<SimulationResult> {
    if (template !== undefined && !(await this.templates.newest(template)))
      throw faulty('template', 'template must be the id of a template');
    const registrar = await this.registrarOf(wanted, administrator);
    const trace = new Trace(true);
    try {
      if (!registrar.isUsable) refuseToken(trace);
      const bound = template === undefined ? registrar : { ...registrar, templateId: template };
      const { metadata: client } = await this.admission.admit(metadata, bound, trace);
      return { outcome: 'registered', ...shown(trace), client, trace: trace.entries };
    } catch (error) {
      if (!(error instanceof Refusal) || isOutage(error)) throw error;
      const violations = [...(error.violations.length > 0 ? error.violations : [ofRegistrar(error, trace)])];
      return { outcome: 'refused', ...shown(trace), violations, trace: trace.entries };
    }
  }

  private async registrarOf(
    wanted: SimulatedRegistrar,
    { scopes, actor }: Administrator,
  ): Promise<Registrar & { readonly isUsable: boolean }> {
    refuseMisplaced(wanted);
    const { token_id, ...record } = wanted;
    if (token_id !== undefined) {
      const found = await this.tokens.bearerById(token_id);
      if (!found) throw faulty('registrar.token_id', 'registrar.token_id must be the id of an initial access token');
      return { ...found.bearer, isUsable: found.isUsable && !found.bearer.right.isSpent };
    }
    const verification = record.type === 'anonymous' ? 'self_asserted' : 'vouched';
    const isAdministrator = record.type === 'administrator';
    const isForeign = record.issuer !== undefined && record.issuer !== this.environment.PUBLIC_URL;
    return { record, actor, bounds: {}, verification, isForeign, isUsable: true, ...(isAdministrator && { scopes }) };
  }
}

type Detail = Exclude<keyof SimulatedRegistrar, 'type'>;

/** The types of registrars that have a detail. */
const typesWith: Readonly<Record<Detail, readonly SimulatedRegistrar['type'][]>> = {
  token_id: ['initial_access_token'],
  client_id: ['access_token'],
  subject: ['access_token'],
  issuer: ['access_token', 'software_statement'],
};

function refuseMisplaced(registrar: SimulatedRegistrar): void {
  for (const [name, types] of Object.entries(typesWith))
    if (registrar[name as Detail] !== undefined && !types.includes(registrar.type))
      throw faulty(
        `registrar.${name}`,
        `registrar.${name} must be left out unless registrar.type is ${types.join(' or ')}`,
      );
}

const faulty = (member: string, message: string): Refusal =>
  new Refusal('invalid_request', message, [{ member, rule: 'document', message }]);

const tokenRule = 'initial access token';

function refuseToken(trace: Trace): never {
  trace.tell({ step: 'admit', rule: tokenRule, outcome: 'refused' });
  throw new Refusal('invalid_token', 'the initial access token is spent, expired or revoked');
}

/** A refusal of the registrar says nothing of members; the rule that spoke last is the one that refused. */
const ofRegistrar = ({ description }: Refusal, trace: Trace): Violation => ({
  member: 'registrar',
  rule: trace.entries.findLast(({ outcome }) => outcome === 'refused')?.rule ?? 'admission',
  message: description,
});

const isOutage = ({ failure }: Refusal): boolean => failure === 'temporarily_unavailable';

const shown = ({ template }: Trace) => template && { template: { id: template.id, version: template.version } };
