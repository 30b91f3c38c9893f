import type { RegistrarRecord } from '../clients/client.entity.js';
import { Refusal } from '../errors.js';
import type { ClientTemplate } from '../templates/client-template.js';
import type { Trace } from './trace.js';

/**
 * Lets a registrar in where the template does; an administrator makes database clients under any active one. Throws
 * `access_denied`.
 */
export function demandAccess(template: ClientTemplate, registrar: RegistrarRecord, { tell }: Trace): void {
  for (const { rule, fault } of judgements(template, registrar)) {
    tell({ step: 'admit', rule, outcome: fault === undefined ? 'passed' : 'refused' });
    if (fault !== undefined) throw new Refusal('access_denied', fault);
  }
}

/** What one rule says of a registrar: its place in the template, and what is wrong. */
interface Judgement {
  readonly rule: string;
  readonly fault: string | undefined;
}

function judgements({ status, access }: ClientTemplate, registrar: RegistrarRecord): readonly Judgement[] {
  const active = {
    rule: 'template: status',
    fault: status === 'active' ? undefined : 'the template of this registration is not active; ask for another one',
  };
  if (registrar.type === 'administrator') return [active];
  const kind = { rule: `template: access.${registrar.type}`, fault: accessFault(access, registrar) };
  if (!access.software_statement || !access.software_statement.required) return [active, kind];
  const has = registrar.type === 'software_statement' || registrar.statement_id !== undefined;
  return [
    active,
    kind,
    {
      rule: 'template: access.software_statement.required',
      fault: has ? undefined : 'the template of this registration demands a software statement',
    },
  ];
}

function accessFault(
  { initial_access_token, access_token, software_statement, anonymous }: ClientTemplate['access'],
  { type, client_id, subject }: RegistrarRecord,
): string | undefined {
  switch (type) {
    case 'initial_access_token':
      return initial_access_token ? undefined : 'the template of this registration takes no initial access tokens';
    case 'access_token':
      if (!access_token) return 'the template of this registration takes no access tokens';
      if (!access_token.by.includes(subject === undefined ? 'client' : 'user'))
        return `the template of this registration takes only access tokens of a ${access_token.by.join(' or a ')}`;
      return access_token.clients && !access_token.clients.includes(client_id ?? '')
        ? 'the template of this registration takes no access tokens of this client'
        : undefined;
    case 'software_statement':
      // Whether it takes statements of this issuer is judged with the statement.
      return software_statement ? undefined : 'the template of this registration takes no software statements';
    case 'anonymous':
      return anonymous ? undefined : 'the template of this registration takes no anonymous registrations';
    case 'administrator':
      return undefined;
  }
}
