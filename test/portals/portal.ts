import { readFileSync } from 'node:fs';
import { type Answer, send, type Sending } from '../support/http.js';
import type { TestApp } from '../support/test-app.js';

export type State = Readonly<Record<string, any>>;

/** A template as it is delivered. */
export const example = (name: string): { readonly id: string } =>
  JSON.parse(readFileSync(`examples/templates/${name}.json`, 'utf8'));

/** One call as a portal makes it. */
export interface Call extends Sending {
  readonly method: string;
  readonly url: string;
}

/** What a portal calls for each thing that its people do, from nothing but what it has stored. */
export interface Dialect {
  /** Headers with the credential of the portal itself. */
  readonly headers: Readonly<Record<string, string>>;
  create(): Call;
  /** `state` is the answer that the portal stored last. */
  update(state: State, changes: Changes): Call;
  renew(state: State): Call;
  /** Absent for a portal that leaves clients behind. */
  remove?(state: State): Call;
  read?(state: State): Call;
}

export interface Changes {
  readonly name?: string;
  readonly scopes?: readonly string[];
}

/** Makes what a portal needs here, once, and answers how it speaks. */
export type Portal = (program: TestApp) => Promise<Dialect>;

/** A portal that stores each answer over the one before, in the order in which they come. */
export class Application {
  state: State = {};

  constructor(private readonly dialect: Dialect) {}

  create = () => this.take(this.dialect.create());
  update = (changes: Changes) => this.take(this.dialect.update(this.state, changes));
  renew = () => this.take(this.dialect.renew(this.state));
  remove = () => sent(this.dialect.remove!(this.state));

  private async take(call: Call): Promise<Answer> {
    const answer = await sent(call);
    if (answer.status < 300) this.state = answer.body;
    return answer;
  }
}

export const sent = ({ method, url, ...sending }: Call): Promise<Answer> => send(method, url, sending);
