import type { RegistrarRecord } from '../clients/client.entity.js';
import { type Failure, Refusal } from '../errors.js';
import { hostMatches } from '../metadata/host-pattern.js';
import type { ClientTemplate } from '../templates/client-template.js';
import type { Registrar } from './registrar.js';
import type { Trace } from './trace.js';

/**
 * Lets a registrar in where the template does; an administrator makes database clients under any active one. Throws
 * `access_denied`, `unapproved_software_statement` for a statement that the template does not take, and
 * `invalid_software_statement` for none where it demands one.
 */
export function demandAccess(template: ClientTemplate, registrar: Arrived, { tell }: Trace): void {
  for (const { rule, fault, failure = 'access_denied' } of judgements(template, registrar)) {
    tell({ step: 'admit', rule, outcome: fault === undefined ? 'passed' : 'refused' });
    if (fault !== undefined) throw new Refusal(failure, fault);
  }
}

/** Who wants to register, with what. */
type Arrived = Pick<Registrar, 'record' | 'statement' | 'isForeign' | 'templateId'>;

/** What one rule says of a registrar: its place in the template, and what is wrong. */
interface Judgement {
  readonly rule: string;
  readonly fault: string | undefined;
  /** `access_denied` unless it is said. */
  readonly failure?: Failure;
}

function judgements(
  { id, status, access }: ClientTemplate,
  { record, statement, isForeign = false, templateId }: Arrived,
): readonly Judgement[] {
  const active = {
    rule: 'template: status',
    fault: status === 'active' ? undefined : 'the template of this registration is not active; ask for another one',
  };
  if (record.type === 'administrator') return [active];
  const kind = {
    rule: `template: access.${record.type}`,
    fault: accessFault(access, record, isForeign && templateId !== id),
  };
  const issuer = statement?.issuer ?? (record.type === 'software_statement' ? record.issuer : undefined);
  const vouching = issuer === undefined ? [] : [issuerJudgement(access, issuer)];
  if (!access.software_statement || !access.software_statement.required) return [active, kind, ...vouching];
  const has = record.type === 'software_statement' || statement !== undefined;
  return [
    active,
    kind,
    ...vouching,
    {
      rule: 'template: access.software_statement.required',
      fault: has ? undefined : 'the template of this registration demands a software statement',
      failure: 'invalid_software_statement',
    },
  ];
}

/** Whether a template takes statements of an issuer (RFC 7591 section 3.2.2). */
const issuerJudgement = ({ software_statement: taken }: ClientTemplate['access'], issuer: string): Judgement => ({
  rule: 'template: access.software_statement.issuers',
  fault:
    taken && taken.issuers.includes(issuer)
      ? undefined
      : 'the template of this registration takes no software statements of this issuer',
  failure: 'unapproved_software_statement',
});

function accessFault(
  { initial_access_token, access_token, software_statement, anonymous, metadata_document }: ClientTemplate['access'],
  { type, client_id, subject }: RegistrarRecord,
  isStranger: boolean,
): string | undefined {
  switch (type) {
    case 'initial_access_token':
      return initial_access_token ? undefined : 'the template of this registration takes no initial access tokens';
    case 'access_token':
      if (!access_token) return 'the template of this registration takes no access tokens';
      if (!access_token.by.includes(subject === undefined ? 'client' : 'user'))
        return `the template of this registration takes only access tokens of a ${access_token.by.join(' or a ')}`;
      // The list is of clients here, but under the template that an issuer is bound to: there it is of that issuer's.
      return access_token.clients && (isStranger || !access_token.clients.includes(client_id ?? ''))
        ? 'the template of this registration takes no access tokens of this client'
        : undefined;
    case 'software_statement':
      return software_statement ? undefined : 'the template of this registration takes no software statements';
    case 'metadata_document':
      if (!metadata_document) return 'no client ids that are addresses are taken just now; register instead';
      return metadata_document.hosts && !hostMatches(client_id ?? '', metadata_document.hosts)
        ? 'no client ids that are addresses of this host are taken; register instead'
        : undefined;
    case 'anonymous':
      return anonymous ? undefined : 'the template of this registration takes no anonymous registrations';
    case 'administrator':
      return undefined;
  }
}
