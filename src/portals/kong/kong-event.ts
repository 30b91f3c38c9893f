import { Refusal } from '../../errors.js';
import { isAbsent, type JsonObject } from '../../http/strict-json.js';
import { kongEvents, type KongEventType } from './kong-requests.js';

/** Where the API product versions are kept that an application is registered for. */
export const registrations = 'portal_registrations';

type Amendment = (metadata: JsonObject) => JsonObject;

function demand(isFine: boolean, member: string, message: string): void {
  if (!isFine) throw new Refusal('invalid_request', message, [{ member, rule: 'Kong DCR HTTP bridge', message }]);
}

/** People write it on several lines, which no member has. */
export const onOneLine = (text: unknown): unknown =>
  typeof text === 'string' ? text.replace(/\s+/g, ' ').trim() : text;

const updateApplication = ({ application_name, application_description, redirect_uris }: JsonObject): Amendment => {
  const wanted = {
    client_name: application_name,
    application_description: onOneLine(application_description),
    redirect_uris,
  };
  const said = Object.fromEntries(Object.entries(wanted).filter(([, value]) => !isAbsent(value)));
  return () => said;
};

const changeRegistrations =
  (change: (list: readonly unknown[], version: string) => readonly unknown[]) =>
  ({ api_product_version_id: version }: JsonObject): Amendment => {
    demand(
      typeof version === 'string' && version !== '',
      'api_product_version_id',
      'api_product_version_id must be the id of the API product version',
    );
    return ({ [registrations]: list }) => {
      const changed = change(Array.isArray(list) ? list : [], version as string);
      return isAbsent(list) && changed.length === 0 ? {} : { [registrations]: changed };
    };
  };

/** What each event changes of a client. The audience is none of it: a token names the resource that it is asked for. */
const amendments: Readonly<Record<KongEventType, (event: JsonObject) => Amendment>> = {
  update_application: updateApplication,
  add_registration: changeRegistrations((list, version) => [...new Set([...list, version])]),
  remove_registration: changeRegistrations((list, version) => list.filter((one) => one !== version)),
};

/** What an event changes of the client that it is sent to. Throws `invalid_request`. */
export function amendmentOf(event: JsonObject, clientId: string): Amendment {
  const { event_type: type, client_id: said } = event;
  const isKnown = (kongEvents as readonly unknown[]).includes(type);
  demand(isKnown, 'event_type', `event_type must be one of: ${kongEvents.join(', ')}`);
  demand(isAbsent(said) || said === clientId, 'client_id', 'client_id must be that of the address');
  return amendments[type as KongEventType](event);
}
