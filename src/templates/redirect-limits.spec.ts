import { describe, expect, it } from '@jest/globals';
import type { RedirectUriRules } from './client-template.js';
import { redirectViolations } from './redirect-limits.js';

const faults = (rules: Partial<RedirectUriRules>, ...redirect_uris: string[]) =>
  redirectViolations({ redirect_uris }, { loopback: true, ...rules }, () => {}).map(({ message }) => message);

describe('the redirect URIs of a template', () => {
  it('are anywhere unless it says otherwise', () => {
    expect(faults({}, 'https://a.example/cb', 'http://localhost/cb', 'com.example.app:/cb')).toEqual([]);
  });

  it('have no http on loopback hosts where it closes them, whatever the application (RFC 9700 section 2.6)', () => {
    const message = 'redirect_uris[1] must not use http on a loopback host';
    for (const host of ['localhost', '127.0.0.1:8080', '[::1]'])
      expect(faults({ loopback: false }, 'https://localhost/cb', `http://${host}/cb`)).toEqual([message]);
  });

  it('have hosts that match, loopback ones too', () => {
    const rules = { hosts: ['app.example', '*.partners.example'] };
    const message = 'must have a host that matches app.example or *.partners.example';
    expect(faults(rules, 'https://app.example/cb', 'https://a.b.partners.example:444/cb')).toEqual([]);
    for (const outside of ['https://partners.example/', 'https://evil.example/', 'http://localhost/', 'com.example:/'])
      expect(faults(rules, 'https://app.example/', outside)).toEqual([`redirect_uris[1] ${message}`]);
    expect(faults({ hosts: ['localhost'] }, 'http://localhost:8080/')).toEqual([]);
  });

  it('have schemes that it names, beside http on loopback hosts', () => {
    const rules = { schemes: ['https', 'cursor'] };
    expect(faults(rules, 'https://a.example/', 'cursor://anysphere/cb', 'http://127.0.0.1/cb')).toEqual([]);
    expect(faults(rules, 'vscode://a/cb')).toEqual(['redirect_uris[0] must use one of these schemes: https, cursor']);
    expect(faults({ ...rules, hosts: ['a.example'] }, 'cursor://anysphere/cb')).toEqual([]);
  });

  it('are told everything that is wrong with them, and are left to other rules where they are none', () => {
    expect(faults({ hosts: ['a.example'], schemes: ['https'], loopback: false }, 'http://localhost/cb')).toEqual([
      'redirect_uris[0] must have a host that matches a.example',
      'redirect_uris[0] must not use http on a loopback host',
    ]);
    expect(redirectViolations({ redirect_uris: 5 }, { loopback: false }, () => {})).toEqual([]);
  });

  it('are told of limit by limit', () => {
    const told: unknown[] = [];
    const limits = { hosts: ['a.example'], schemes: ['https'], loopback: false };
    redirectViolations({ redirect_uris: ['https://b.example/', 'http://localhost/'] }, limits, (line) =>
      told.push(line),
    );
    redirectViolations({ redirect_uris: ['https://a.example/'] }, limits, (line) => told.push(line));
    redirectViolations({ redirect_uris: ['https://a.example/'] }, { loopback: true }, (line) => told.push(line));
    const line = (name: string, outcome: string) => ({
      step: 'fill_in',
      member: 'redirect_uris',
      rule: `template: redirect_uris.${name}`,
      outcome,
    });
    expect(told).toEqual([
      line('hosts', 'refused'),
      line('schemes', 'passed'),
      line('loopback', 'refused'),
      line('hosts', 'passed'),
      line('schemes', 'passed'),
      line('loopback', 'passed'),
    ]);
  });

  it('are outside of schemes where they are no URIs', () => {
    expect(faults({ schemes: ['https'] }, 'no URI')).toEqual(['redirect_uris[0] must use one of these schemes: https']);
  });

  it('name the rule that they break', () => {
    expect(redirectViolations({ redirect_uris: ['http://localhost/'] }, { loopback: false }, () => {})).toEqual([
      {
        member: 'redirect_uris',
        rule: 'template: redirect_uris.loopback',
        message: 'redirect_uris[0] must not use http on a loopback host',
      },
    ]);
  });
});
