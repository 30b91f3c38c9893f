import { Injectable } from '@nestjs/common';
import type { Actor } from '../audit/audit-event.entity.js';
import { AuditTrail, changesBetween } from '../audit/audit-trail.js';
import { Refusal } from '../errors.js';
import type { TemplateState } from './client-template.entity.js';
import type { DefaultableRegistrar } from './client-template.js';
import type { TemplateDocument } from './dto/template-document.dto.js';
import { TemplateStore } from './template.store.js';
import { templateView } from './template.view.js';

/** A template at one time: what it is, and what was written as its newest version. */
export interface WrittenTemplate {
  readonly state: TemplateState;
  readonly document: TemplateDocument;
}

/** What somebody makes of a template; `before` is absent for a new one. */
export interface Step {
  readonly action: 'template.made' | 'template.changed' | 'template.retired';
  readonly actor: Actor;
  readonly before?: WrittenTemplate;
  readonly after: WrittenTemplate;
}

/** Another template is the default for a registrar. */
class Taken extends Error {
  constructor(readonly registrar: DefaultableRegistrar) {
    super();
  }
}

/** Stores what becomes of templates: the state, the version, the defaults and the audit event, all or nothing. */
@Injectable()
export class TemplateSteps {
  constructor(
    private readonly store: TemplateStore,
    private readonly audit: AuditTrail,
  ) {}

  /**
   * Takes a step, if the template still is as it was before; false when somebody was faster. Throws `conflict` when it
   * would be the default for a registrar that has another one.
   */
  async take({ action, actor, before, after }: Step): Promise<boolean> {
    const { state, document } = after;
    const { id, version, status } = state;
    const changes = changesBetween(
      before ? templateView(before.state, before.document) : {},
      templateView(state, document),
    );
    const event = this.audit.eventOf({
      action,
      actor,
      changes: { id: { before: before && id, after: id }, ...changes },
    });
    const defaultFor = status === 'active' ? (document.default_for ?? []) : [];
    try {
      return await this.audit.record(event, async (transaction) => {
        if (!before) await this.store.add(state, transaction);
        else if (!(await this.store.change(before.state, state, transaction))) return false;
        if (version !== before?.state.version)
          await this.store.addVersion({ id, version, document, createdAt: state.updatedAt }, transaction);
        const taken = await this.store.claim(id, defaultFor, transaction);
        if (taken) throw new Taken(taken);
        return true;
      });
    } catch (error) {
      if (error instanceof Taken) return this.refuseSecondDefault(error.registrar, id);
      throw error;
    }
  }

  private async refuseSecondDefault(registrar: DefaultableRegistrar, id: string): Promise<false> {
    const other = await this.store.defaultFor(registrar);
    // It was given up in between.
    if (other === null || other === id) return false;
    const message = `default_for must not hold ${registrar}: the template ${other} is its default; take it from there first`;
    throw new Refusal('conflict', message, [{ member: 'default_for', rule: 'document', message }]);
  }
}
