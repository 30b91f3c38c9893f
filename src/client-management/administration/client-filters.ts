import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';
import type { ClientFilters } from '../../clients/client-search.js';
import { clientKinds, clientStatuses } from '../../clients/client.entity.js';
import { Refusal } from '../../errors.js';
import { plainTextFault } from '../../http/plain-text.js';
import { textFault } from '../../metadata/text.js';

/** One filter of the list of clients: what it means, and how its text is read. */
interface Filter {
  readonly description: string;
  readonly schema: object;
  /** The value, or what is wrong with the text as the rest of a sentence that starts with the filter's name. */
  readonly read: (text: string) => { readonly value: string | number } | { readonly fault: string };
}

const latest = 253_402_300_799;

const text = (description: string, longest = 255, faultOf = textFault): Filter => ({
  description,
  schema: { type: 'string', minLength: 1, maxLength: longest },
  read: (value) => {
    const fault = faultOf(value, longest);
    return fault === undefined ? { value } : { fault };
  },
});

const choice = (description: string, choices: readonly string[]): Filter => ({
  description,
  schema: { type: 'string', enum: choices },
  read: (value) => (choices.includes(value) ? { value } : { fault: `must be one of ${choices.join(', ')}` }),
});

const time = (description: string): Filter => ({
  description: `${description} Seconds since the epoch.`,
  schema: { type: 'integer', minimum: 0, maximum: latest },
  read: (value) =>
    /^(0|[1-9]\d{0,11})$/.test(value) && Number(value) <= latest
      ? { value: Number(value) }
      : { fault: 'must be a time in whole seconds since the epoch' },
});

const filters: Readonly<Record<keyof ClientFilters, Filter>> = {
  kind: choice('Clients that registered themselves, or that administrators made.', clientKinds),
  status: choice('Deleted clients are listed only when they are asked for.', clientStatuses),
  template: text('The id of the template that they are under.', 64, plainTextFault),
  registrar: text(
    'Who registered them: the id of an initial access token or of an API key, or the client_id of a client.',
  ),
  subject: text('The user who registered them.'),
  owner: text('Their owner.', 255, plainTextFault),
  tag: text('A tag that they have.', 64, plainTextFault),
  software_id: text('Their software_id.', 1000),
  name: text('What their client_name begins with; upper and lower case are different.', 256),
  created_after: time('Made later than this.'),
  created_before: time('Made earlier than this.'),
  unused_since: time('Neither made nor used after this time, as far as use was reported.'),
};

export const filterNames = Object.keys(filters);

/** The query parameters by which clients are found, as the documentation tells them. */
export const FilterParameters = (): MethodDecorator =>
  applyDecorators(
    ...Object.entries(filters).map(([name, { description, schema }]) =>
      ApiQuery({ name, required: false, description, schema }),
    ),
  );

/** Reads the filters of a list. Throws `invalid_request` with everything that is wrong. */
export function readFilters(given: Readonly<Record<string, string>>): ClientFilters {
  const read = Object.entries(given).map(
    ([name, value]) => [name, filters[name as keyof ClientFilters].read(value)] as const,
  );
  const violations = read.flatMap(([member, result]) =>
    'fault' in result ? [{ member, rule: 'parameters', message: `${member} ${result.fault}` }] : [],
  );
  if (violations.length > 0) throw new Refusal('invalid_request', violations[0]!.message, violations);
  return Object.fromEntries(read.flatMap(([name, result]) => ('value' in result ? [[name, result.value]] : [])));
}
