import { describe, expect, it } from '@jest/globals';
import { AddressFault, readAddress, shownAddress } from './data-source-address.js';

describe('the address of a data source', () => {
  it('is a file for SQLite', () => {
    expect(readAddress('sqlite:data/clientele.db')).toEqual({ engine: 'sqlite', path: 'data/clientele.db' });
  });

  it.each(['mysql', 'mariadb'])('is a server for %s, on the usual port unless it says another', (scheme) => {
    expect(readAddress(`${scheme}://clientele:p%40ss@db.example/registry`)).toEqual({
      engine: 'mysql',
      scheme,
      hosts: [{ host: 'db.example', port: 3306 }],
      user: 'clientele',
      password: 'p@ss',
      database: 'registry',
    });
  });

  it('can name several hosts, and IPv6', () => {
    expect(readAddress('postgres://clientele@a:1,[::1]:2,c/registry')).toMatchObject({
      engine: 'postgres',
      hosts: [
        { host: 'a', port: 1 },
        { host: '::1', port: 2 },
        { host: 'c', port: 5432 },
      ],
    });
  });

  it('demands TLS where it says so', () => {
    expect(readAddress('postgres://u@h/d?tls=on')).toMatchObject({ tls: {} });
    expect(readAddress('mysql://u@h/d?tls=on&tls_ca=/etc/ca.pem')).toMatchObject({ tls: { ca: '/etc/ca.pem' } });
    expect(readAddress('mysql://u@h/d?tls=off')).not.toHaveProperty('tls');
  });

  it.each([
    '',
    'sqlite:',
    'sqlite::memory:',
    'oracle://u@h/d',
    'mysql://h/d',
    'mysql://u@/d',
    'mysql://u@h',
    'mysql://u@h/',
    'mysql://u@h:port/d',
    'mysql://u@h,/d',
    'mysql://u:%zz@h/d',
    'mysql://u@h/d?ssl=true',
    'mysql://u@h/d?tls=maybe',
    'mysql://u@h/d?tls_ca=x',
  ])('cannot be %j', (text) => {
    expect(() => readAddress(text)).toThrow(AddressFault);
  });

  it('is shown without its password', () => {
    expect(shownAddress(readAddress('mysql://u:secret@a:1,b/d?tls=on'))).toBe('mysql://u@a:1,b:3306/d');
    expect(shownAddress(readAddress('sqlite:data/clientele.db'))).toBe('sqlite:data/clientele.db');
  });
});
