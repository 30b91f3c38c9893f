import { Refusal } from '../errors.js';
import type { JsonObject } from '../http/strict-json.js';
import type { ClientTemplate } from '../templates/client-template.js';
import type { Templates } from '../templates/templates.service.js';
import type { Registrar } from './registrar.js';
import type { Trace } from './trace.js';

/** The template of a new client; none for a database client unless its administrator names one. */
export async function templateOf(
  requested: JsonObject,
  registrar: Registrar,
  templates: Templates,
  trace: Trace,
): Promise<ClientTemplate | undefined> {
  const { record, templateId, bounds } = registrar;
  if (record.type === 'administrator' && templateId === undefined) return undefined;
  const { software_id = bounds.software_id } = requested;
  const template = await templates.select({
    templateId,
    ...(typeof software_id === 'string' && { softwareId: software_id }),
    registrarType: record.type,
  });
  if (record.type === 'administrator' ? template?.status === 'active' : template) return template;
  trace.tell({ step: 'admit', rule: 'selection of a template', outcome: 'refused' });
  if (record.type === 'administrator') throw noSuchTemplate();
  if (record.type === 'anonymous') throw new Refusal('invalid_token', 'a token is needed to register a client');
  throw new Refusal('access_denied', 'there is no template for this registration; ask an administrator for one');
}

function noSuchTemplate(): Refusal {
  const message = 'template must be the id of an active template';
  return new Refusal('invalid_request', message, [{ member: 'template', rule: 'document', message }]);
}
