import { Injectable } from '@nestjs/common';
import type { Registrar } from '../admission/registrar.js';
import type { Client } from '../clients/client.entity.js';
import type { Refusal } from '../errors.js';
import type { JsonObject } from '../http/strict-json.js';
import { claimsOf } from '../issuers/jwt.js';
import { refusedStatement, type SoftwareStatement, withStatement } from './software-statement.js';
import { SoftwareStatements } from './software-statements.js';

/** A document and who sends it, with what a software statement made of both. */
export interface Vouched {
  readonly requested: JsonObject;
  readonly registrar: Registrar;
}

/** Lets issuers vouch for clients, when they register and when they replace what is registered. */
@Injectable()
export class Vouching {
  constructor(private readonly statements: SoftwareStatements) {}

  /** What is registered, and by whom; both as they came where there is no statement. Throws what reading one does. */
  async ofRegistration(requested: JsonObject, registrar: Registrar): Promise<Vouched> {
    if (isAbsent(requested)) return { requested, registrar };
    const statement = await this.statements.read(requested['software_statement']);
    return { requested: withStatement(requested, statement), registrar: vouchedBy(statement, registrar) };
  }

  /**
   * What takes the place of a client's metadata. Whoever registered with a statement needs one of the same issuer and
   * software for that, so that no client leaves behind what was said of it. Throws `invalid_software_statement`, and what
   * reading one does.
   */
  async ofReplacement(
    requested: JsonObject,
    { metadata: { software_statement: before } }: Client,
  ): Promise<JsonObject> {
    if (isAbsent(requested)) {
      if (before === undefined) return requested;
      throw another('must be there, since this client was registered with one');
    }
    const statement = await this.statements.read(requested['software_statement']);
    const replaced = before === undefined ? undefined : claimsOf(before);
    if (!replaced) throw another('must be left out, since this client was registered without one');
    if (replaced['iss'] !== statement.issuer || replaced['software_id'] !== statement.claims['software_id'])
      throw another('must be of the issuer and for the software_id of the one that this client was registered with');
    return withStatement(requested, statement);
  }
}

const isAbsent = ({ software_statement: statement }: JsonObject): boolean =>
  statement === undefined || statement === null;

function vouchedBy({ issuer, id, templateId }: SoftwareStatement, registrar: Registrar): Registrar {
  const known = { issuer, ...(id !== undefined && { statement_id: id }) };
  const isBare = registrar.record.type === 'anonymous';
  return {
    ...registrar,
    record: isBare ? { type: 'software_statement', ...known } : { ...known, ...registrar.record },
    actor: isBare ? { type: 'software_statement', issuer } : registrar.actor,
    ...(templateId !== undefined && { templateId: registrar.templateId ?? templateId }),
    verification: 'statement',
    statement: { issuer },
  };
}

const another = (fault: string): Refusal => refusedStatement(fault, 'RFC 7592 section 2.2');
