import { Injectable } from '@nestjs/common';
import { Refusal, type Violation } from '../errors.js';
import { FetchFailure } from '../fetching/fetch-failure.js';
import { GuardedFetcher } from '../fetching/guarded-fetcher.js';
import type { ClientMetadata } from '../metadata/client-metadata.js';
import { cibaAddress } from '../metadata/openid-rules.js';
import type { CheckedMetadata } from '../metadata/rulebook.js';
import { violation } from '../metadata/rule.js';
import type { Tell } from '../metadata/trace.js';

/** Asks the host of a sector whether a client belongs to it, whatever the client's `subject_type` is. */
@Injectable()
export class SectorDocuments {
  constructor(private readonly fetcher: GuardedFetcher) {}

  /**
   * Throws `invalid_client_metadata` unless the document at `sector_identifier_uri` lists every redirect URI (OpenID
   * Connect Registration 1.0 section 5).
   */
  async demand(metadata: CheckedMetadata, tell: Tell): Promise<void> {
    const { sector_identifier_uri: address } = metadata;
    if (address === undefined) return;
    const faults = await this.faultsOf(address, metadata);
    const rules = faults.length > 0 ? faults.map(({ rule }) => rule) : [registrationClause];
    for (const rule of rules) tell({ step: 'check', member, rule, outcome: faults.length > 0 ? 'refused' : 'passed' });
    if (faults.length > 0) throw new Refusal('invalid_client_metadata', faults[0]!.message, faults);
  }

  private async faultsOf(address: string, metadata: ClientMetadata): Promise<readonly Violation[]> {
    let document: unknown;
    try {
      ({ document } = await this.fetcher.fetchJson(address));
    } catch (error) {
      if (!(error instanceof FetchFailure)) throw error;
      return [violation(member, registrationClause, error.message)];
    }
    const listed = listIn(document);
    return addressesToList(metadata)
      .filter(({ addresses }) => !listed || !addresses.every((one) => listed.has(one)))
      .map(({ clause, name }) => violation(member, clause, `must lead to a JSON list of strings that has the ${name}`));
  }
}

const listIn = (document: unknown): ReadonlySet<unknown> | undefined =>
  Array.isArray(document) && document.every((entry) => typeof entry === 'string')
    ? new Set<unknown>(document)
    : undefined;

const member = 'sector_identifier_uri';
const registrationClause = 'OpenID Connect Registration 1.0 section 5';

/** What has to be in the document, each with its clause. */
function addressesToList(metadata: ClientMetadata) {
  const { redirect_uris = [], subject_type } = metadata;
  const backchannel = subject_type === 'pairwise' ? cibaAddress(metadata) : undefined;
  return [
    { clause: registrationClause, name: 'redirect_uris', addresses: redirect_uris },
    ...(backchannel
      ? [{ clause: 'OpenID Connect CIBA Core 1.0 section 4', name: backchannel.name, addresses: [backchannel.address] }]
      : []),
  ];
}
