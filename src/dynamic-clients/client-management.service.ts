import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { AdmissionService } from '../admission/admission.service.js';
import type { Actor, AuditEvent } from '../audit/audit-event.entity.js';
import { AuditTrail, changesBetween } from '../audit/audit-trail.js';
import type { Client, StoredSecret } from '../clients/client.entity.js';
import { type ClientInformation, clientInformation } from '../clients/client-information.js';
import { ClientSecrets } from '../clients/client-secrets.js';
import { type ClientChange, ClientStore } from '../clients/client.store.js';
import { tombstone } from '../clients/tombstone.js';
import { inItsWords } from '../compatibility/answers.js';
import { hinting } from '../compatibility/hints.js';
import { Clock } from '../clock.js';
import { Environment } from '../config/environment.js';
import { Refusal } from '../errors.js';
import { matches } from '../http/if-match.js';
import type { JsonObject } from '../http/strict-json.js';
import { needsSecret } from '../metadata/secret-need.js';
import type { TraceEntry } from '../metadata/trace.js';
import type { ClientTemplate } from '../templates/client-template.js';
import { Templates } from '../templates/templates.service.js';
import { Vouching } from '../trusted-issuers/vouching.js';
import { RegistrationAccessTokens } from './registration-access-tokens.js';
import { readReplacement } from './replacement.js';

/** A client at its own address, and who manages it there. */
export interface ManagedClient {
  readonly client: Client;
  readonly actor: Actor;
  /** The registration access token that was presented; absent for a token that manages several clients. */
  readonly registrationAccessToken?: string;
  /** Reads the client and the right to manage it again. Throws `invalid_token` when either is gone. */
  readonly again: () => Promise<ManagedClient>;
}

/** A client's registration and its entity tag. */
export interface Managed {
  readonly information: ClientInformation;
  readonly version: number;
}

/** What shall be stored, and the rules that changed something about it. */
interface Decision {
  readonly change: ClientChange;
  readonly trace?: readonly TraceEntry[];
}

/** With more of them, the oldest end before their time. */
const mostSecrets = 10;

/** More tries than parallel changes of one client are likely to need. */
const mostTries = 20;

/** Lets a client look after its own registration (RFC 7592). */
@Injectable()
export class ClientManagementService {
  /** New secrets by their ids, until their callers are answered: SQLite shows them to other calls before that. */
  private readonly underway = new Map<string, Promise<unknown>>();

  constructor(
    private readonly vouching: Vouching,
    private readonly admission: AdmissionService,
    private readonly templates: Templates,
    private readonly clients: ClientStore,
    private readonly secrets: ClientSecrets,
    private readonly tokens: RegistrationAccessTokens,
    private readonly audit: AuditTrail,
    private readonly environment: Environment,
    private readonly clock: Clock,
  ) {}

  /** Shows a client what is registered, and changes nothing (RFC 7592 section 2.1). */
  read(managed: ManagedClient): Promise<Managed> {
    return this.show(managed, managed.client, this.secrets.reveal(managed.client));
  }

  /**
   * Replaces all that is registered (RFC 7592 section 2.2): a member left out goes back to its default.
   * Throws `precondition_failed` when `ifMatch` names another version, and what registration throws.
   */
  async replace(managed: ManagedClient, requested: JsonObject, ifMatch: string | undefined): Promise<Managed> {
    this.demandCondition(ifMatch);
    let shown: string | undefined;
    let token = managed.registrationAccessToken;
    const changed = await this.change(managed, ifMatch, 'client.replaced', async (current) => {
      const { client } = current;
      const { document: said, trace: translation } = await this.admission.translate(requested, client);
      const { document, presentedSecret, violations } = readReplacement(said, client, this.secrets);
      const vouched = await this.vouching.ofReplacement(document, client);
      const judged = { further: violations, isVouched: true, trace: translation };
      const { metadata, template, trace } = await hinting(said, client, () =>
        this.admission.readmit(vouched, client, judged),
      );
      const issued = this.secrets.reissue(client, metadata, template.secrets, presentedSecret);
      shown = issued.shown;
      const rotated = this.tokens.rotated(client, template.registration_access_token, current.registrationAccessToken);
      token = rotated?.token ?? current.registrationAccessToken;
      const change = { metadata, secrets: issued.secrets, updatedAt: this.clock.now(), ...rotated?.change };
      return { change, trace };
    });
    return this.show({ ...managed, registrationAccessToken: token }, changed, shown);
  }

  /**
   * Changes some of what is registered, and leaves all else, credentials too, as it is. `amended` hears what is registered and
   * under which template.
   */
  async amend(
    managed: ManagedClient,
    amended: (metadata: JsonObject, template: ClientTemplate) => JsonObject,
  ): Promise<void> {
    await this.change(managed, undefined, 'client.changed', async ({ client }) => {
      const before = { ...client.metadata } as JsonObject;
      const wanted = { ...before, ...amended(before, await this.admission.rulesOf(client)) };
      if (isDeepStrictEqual(wanted, before)) return undefined;
      const { metadata, trace } = await this.admission.readmit(wanted, client);
      return { change: { metadata, updatedAt: this.clock.now() }, trace };
    });
  }

  /** Deletes a client for good; its id stays as a tombstone and is never given again (RFC 7592 section 2.3). */
  async delete(managed: ManagedClient, ifMatch: string | undefined): Promise<void> {
    this.demandCondition(ifMatch);
    await this.change(managed, ifMatch, 'client.deleted', () => ({
      change: tombstone(this.clock.now()),
    }));
  }

  /**
   * Gives a client a new secret; the older ones live on for the overlap of its template. Calls at the same time leave the
   * secrets of each other alone, and get the same one where it can be shown again: a portal keeps whichever answer comes
   * last. Throws `conflict` for a client that has no use for a secret.
   */
  async renewSecret(managed: ManagedClient, ifMatch: string | undefined): Promise<Managed> {
    const known = new Set(managed.client.secrets.map(({ id }) => id).filter((id) => !this.underway.has(id)));
    const mine: string[] = [];
    let others: readonly StoredSecret[] = [];
    let shown: string | undefined;
    const change = this.change(managed, ifMatch, 'client.secret_issued', async ({ client }) => {
      if (!needsSecret(client.metadata))
        throw new Refusal('conflict', 'the client does not authenticate with a secret; replace its metadata first');
      const { secrets: rules } = await this.admission.rulesOf(client);
      const older = client.secrets.filter(({ id }) => known.has(id));
      others = client.secrets.filter(({ id }) => !known.has(id));
      shown = others.length > 0 ? this.secrets.reveal(client) : undefined;
      if (shown !== undefined) return undefined;
      const issued = this.secrets.rotate({ ...client, secrets: older }, client.metadata, rules, rules.overlap);
      shown = issued.shown;
      const newest = issued.secrets.at(-1)!;
      mine.push(newest.id);
      this.underway.set(newest.id, change);
      const secrets = [...issued.secrets.slice(0, -1), ...others, newest].slice(-mostSecrets);
      return { change: { secrets, updatedAt: this.clock.now() } };
    });
    try {
      const changed = await change;
      // What another call has stored is shown here no sooner than there: when it is there to stay.
      await Promise.all(others.flatMap(({ id }) => this.underway.get(id) ?? []));
      return await this.show(managed, changed, shown);
    } finally {
      for (const id of mine) this.underway.delete(id);
    }
  }

  /** A new secret overwrites nothing that somebody else wrote; everything else may. */
  private demandCondition(ifMatch: string | undefined): void {
    if (ifMatch === undefined && this.environment.REQUIRE_IF_MATCH)
      throw new Refusal('precondition_required', 'send the ETag of the last answer as If-Match');
  }

  /** Decides on the client as it is, and stores the decision if it still is so; else decides again. */
  private async change(
    managed: ManagedClient,
    ifMatch: string | undefined,
    action: string,
    decide: (managed: ManagedClient) => Decision | undefined | Promise<Decision | undefined>,
  ): Promise<Client> {
    let current = managed;
    for (let tries = 1; ; tries++) {
      const { client, actor } = current;
      if (ifMatch !== undefined && !matches(ifMatch, client.version))
        throw new Refusal('precondition_failed', 'the registration has changed; read it again and send its new ETag');
      const decision = await decide(current);
      if (!decision) return client;
      const { change, trace } = decision;
      const event = this.eventOf(action, actor, client, change, trace);
      let changed = client;
      const isStored = await this.audit.recordSteps(event, () => {
        const changing = this.clients.changing(client, change);
        changed = changing.changed;
        return [changing.step];
      });
      if (isStored) return changed;
      if (tries === mostTries)
        throw new Refusal('conflict', 'the client changes too often at the same time; send the request again');
      current = await current.again();
    }
  }

  private eventOf(
    action: string,
    actor: Actor,
    { clientId, ...client }: Client,
    change: ClientChange,
    trace?: readonly TraceEntry[],
  ): AuditEvent {
    const before = { status: client.status, ...client.metadata };
    const after = { status: change.status ?? client.status, ...(change.metadata ?? client.metadata) };
    return this.audit.eventOf({ action, actor, clientId, changes: changesBetween(before, after), trace });
  }

  private async show(
    { registrationAccessToken }: ManagedClient,
    client: Client,
    clientSecret: string | undefined,
  ): Promise<Managed> {
    const shown = { clientSecret, registrationAccessToken };
    const information = clientInformation(client, this.environment.PUBLIC_URL, shown);
    const heard = await inItsWords(information, async () => (await this.templates.rulesOf(client)).compatibility);
    return { information: heard, version: client.version };
  }
}
