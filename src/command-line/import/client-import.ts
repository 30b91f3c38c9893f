import { isDeepStrictEqual } from 'node:util';
import { isServerMade } from '../../clients/chosen-client-id.js';
import type { CompleteClient } from '../../clients/complete-client.js';
import { unfitting } from '../../clients/given-secret.js';
import type { ClientMetadata } from '../../metadata/client-metadata.js';
import { needsSecret } from '../../metadata/secret-need.js';
import type { ClientRecord } from '../client-record.js';
import { clientPath, type Registry, RegistryRefusal } from '../registry.js';
import type { Entry } from './source.js';

/** What became of an entry; in a dry run, what would. */
export const outcomes = ['made', 'present', 'different', 'skipped', 'refused'] as const;

/** What became of an entry, and why. */
export interface Result {
  readonly outcome: (typeof outcomes)[number];
  readonly reasons: readonly string[];
  /** A new secret, which the server shows this once. */
  readonly client_secret?: string;
}

export interface ImportRules {
  /** The template of clients that name none. */
  readonly template?: string | undefined;
  readonly isDry: boolean;
  /** Clients without a secret that need one get a new one, instead of being refused. */
  readonly newSecrets: boolean;
}

type Made = CompleteClient & { readonly client_secret?: string };

interface Simulation {
  readonly outcome: 'registered' | 'refused';
  readonly client?: ClientMetadata;
  readonly violations?: readonly { readonly member: string; readonly message: string }[];
}

const refused = (...reasons: string[]): Result => ({ outcome: 'refused', reasons });

/** Makes the clients of a file, as an administrator would make them one by one; what is there already stays as it is. */
export class ClientImport {
  private readonly underWay = new Map<string, Promise<unknown>>();

  constructor(
    private readonly registry: Registry,
    private readonly rules: ImportRules,
  ) {}

  /** Makes the client of an entry. Throws when the registry cannot be reached, or does not know the administrator. */
  async take({ record, faults, skipped }: Entry): Promise<Result> {
    if (skipped !== undefined) return { outcome: 'skipped', reasons: [skipped] };
    if (!record) return refused(...faults);
    const { client_id: id } = record;
    // A file may name a client twice: the second time it is there.
    const before = this.underWay.get(id) ?? Promise.resolve();
    const result = before.catch(() => undefined).then(() => this.decide(this.completed(record)));
    this.underWay.set(id, result);
    try {
      return await result;
    } catch (error) {
      if (!(error instanceof RegistryRefusal) || error.status === 401) throw error;
      return refused(...error.reasons);
    } finally {
      if (this.underWay.get(id) === result) this.underWay.delete(id);
    }
  }

  private completed(record: ClientRecord): ClientRecord {
    const template = record.template ?? this.rules.template;
    return { ...record, ...(template !== undefined && { template }) };
  }

  private async decide(record: ClientRecord): Promise<Result> {
    const found = await this.find(record.client_id);
    if (found) return this.compare(record, found);
    if (isServerMade(record.client_id))
      return refused('its client_id is in the form of those that the server makes; clientele copy moves such clients');
    const hasSecret = record.client_secret !== undefined || record.client_secret_hash !== undefined;
    const assumed = { token_endpoint_auth_method: 'client_secret_basic', ...record.metadata };
    if (!hasSecret && !this.rules.newSecrets && needsSecret(assumed))
      return refused('has no secret here, and needs one; with --new-secrets it gets a new one');
    if (this.rules.isDry) return this.rehearse(record);
    try {
      return await this.make(record, hasSecret);
    } catch (error) {
      if (!(error instanceof RegistryRefusal) || error.status !== 409) throw error;
      // Made by somebody else just now.
      const other = await this.find(record.client_id);
      if (!other) throw error;
      return this.compare(record, other);
    }
  }

  private async find(id: string): Promise<CompleteClient | undefined> {
    try {
      return await this.registry.get<CompleteClient>(clientPath(id));
    } catch (error) {
      if (error instanceof RegistryRefusal && error.status === 404) return undefined;
      throw error;
    }
  }

  private async make({ status, ...request }: ClientRecord, hasSecret: boolean): Promise<Result> {
    const { client_secret: secret } = await this.registry.post<Made>('/admin/clients', request);
    const made: Result = { outcome: 'made', reasons: [], ...(!hasSecret && secret && { client_secret: secret }) };
    if (status !== 'suspended') return made;
    try {
      await this.registry.patch(clientPath(request.client_id), { status });
      return made;
    } catch (error) {
      if (!(error instanceof RegistryRefusal)) throw error;
      return { ...made, ...refused(...error.reasons, 'it was made, and is active instead of suspended') };
    }
  }

  private async rehearse(record: ClientRecord): Promise<Result> {
    const { outcome, client = {}, violations = [] } = await this.simulate(record);
    if (outcome === 'refused') return refused(...violations.map(sentence));
    const faults = [...unfitting(record, client)].map(([, message]) => message);
    return faults.length > 0 ? refused(...faults) : { outcome: 'made', reasons: [] };
  }

  private simulate({ template, metadata }: ClientRecord): Promise<Simulation> {
    const registrar = { type: 'administrator' };
    return this.registry.post<Simulation>('/admin/simulations', { registrar, template, metadata });
  }

  private async compare(record: ClientRecord, found: CompleteClient): Promise<Result> {
    if (found.status === 'deleted')
      return refused('its client_id was that of a client that was deleted, and is not given again');
    const { owner, tags = [], notes, template, status = 'active' } = record;
    const wanted = { status, template, owner, notes, tags };
    const is = { ...found, template: found.template_id };
    const names = Object.entries(wanted).filter(
      ([name, value]) => !isDeepStrictEqual(value, is[name as keyof typeof is]),
    );
    const differing = [...names.map(([name]) => name), ...(await this.otherMetadata(record, found))];
    if (differing.length === 0) return { outcome: 'present', reasons: [] };
    return { outcome: 'different', reasons: [`is there already with other ${differing.join(', ')}, and left alone`] };
  }

  /** The metadata in which a client differs from what would be registered now. */
  private async otherMetadata(record: ClientRecord, { metadata }: CompleteClient): Promise<readonly string[]> {
    if (isDeepStrictEqual(record.metadata, metadata)) return [];
    const { client } = await this.simulate(record);
    const names = Object.keys(client ? { ...metadata, ...client } : record.metadata);
    const wanted: Readonly<Record<string, unknown>> = { ...(client ?? record.metadata) };
    return names.filter((name) => !isDeepStrictEqual(wanted[name], metadata[name as keyof ClientMetadata]));
  }
}

const sentence = ({ member, message }: { readonly member: string; readonly message: string }): string =>
  message.startsWith(member) ? message : `${member}: ${message}`;
