import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { databaseUrlNote, parseDatabaseUrl } from '../../src/core/database-url.js';

const ADA = { user: 'ada', password: 'pw', database: 'shop' };

describe('an address of a database is read as the driver reads it', () => {
  test.each([
    ['postgres://ada:pw@db.example:5433/shop', { ...ADA, host: 'db.example', port: 5433 }],
    ['postgresql://ada:pw@db.example/shop', { ...ADA, host: 'db.example' }],
    ['POSTGRES://ada:pw@db.example/shop', { ...ADA, host: 'db.example' }],
    ['postgres://ada:pw@[2001:db8::1]:5432/shop', { ...ADA, host: '2001:db8::1', port: 5432 }],
    ['postgresql:///shop?host=/run/postgresql', { host: '/run/postgresql', database: 'shop' }],
    ['postgres://ada:pw@/shop?host=/run/postgresql', { ...ADA, host: '/run/postgresql' }],
    [
      'postgres://ada:pw@/shop?host=/run/postgresql&port=6432',
      { ...ADA, host: '/run/postgresql', port: 6432 },
    ],
    [
      'postgres://ada:pw@localhost/shop?host=/cloudsql/p:us-central1:db',
      { ...ADA, host: '/cloudsql/p:us-central1:db' },
    ],
    ['postgres://ada:pw@/shop?host=%2Fcloudsql%2Fp%3Aus%3Adb', { ...ADA, host: '/cloudsql/p:us:db' }],
    ['postgres://ada:pw@%2Frun%2Fpostgresql/shop', { ...ADA, host: '/run/postgresql' }],
    ['socket://ada:pw@/run/postgresql?db=shop', { ...ADA, host: '/run/postgresql' }],
    ['socket:/run/postgresql?db=shop', { host: '/run/postgresql', database: 'shop' }],
    ['socket:///run/postgresql?db=shop', { host: '/run/postgresql', database: 'shop' }],
    ['/run/postgresql shop', { host: '/run/postgresql', database: 'shop' }],
    [
      'postgresql://?host=/run/postgresql&user=ada&dbname=shop',
      { host: '/run/postgresql', user: 'ada', database: 'shop' },
    ],
    ['postgres://ada:p%40%25%2F%3a@h/shop', { ...ADA, password: 'p@%/:', host: 'h' }],
    ['postgres://ada:a b%2Fc@h/shop', { ...ADA, password: 'a b/c', host: 'h' }],
    ['postgres://ada:pw@h/shop?pgbouncer=true&max=99&stream=x&statement_timeout=1', { ...ADA, host: 'h' }],
  ])('%s', (url, expected) => {
    expect(parseDatabaseUrl(url)).toMatchObject(expected);
    expect(Object.keys(parseDatabaseUrl(url))).not.toContain('max');
    expect(Object.keys(parseDatabaseUrl(url))).not.toContain('stream');
  });
});

describe('an address that cannot be meant so is refused with its fault', () => {
  test.each([
    ['mysql://h/db', /must be postgres:/],
    ['h:5432/db', /must be postgres:/],
    ['', /must be postgres:/],
    ['postgres://ada:100%pure@h/shop', /% in its password/],
    ['postgres://ada:100%@h/shop', /% in its password/],
    ['postgres://ad%a:pw@h/shop', /% in its user/],
    ['postgres://h%/shop', /% in its host/],
    ['postgres://ada:pw@h/sh%op', /% in its database/],
    ['postgres://ada:pw@h/shop?application_name=9%x', /% in its parameter application_name/],
    ['postgres://ada:pw@/shop?host=/run/%', /% in its parameter host/],
    ['postgres://ada:%ff@h/shop', /cannot be read/],
    ['postgres://ada:a/b@h/shop', /cannot be read/],
    ['postgres://ada:1#2@h/shop', /# as %23/],
    ['postgres://ada:1?2@h/shop', /\? as %3F/],
    ['postgres://ada:pw@h:x/shop', /cannot be read/],
    ['postgres://ada:pw@/shop?host=h&port=x', /port/],
    ['postgres://ada:pw@h1,h2/shop', /several hosts/],
    ['postgres://ada:pw@h/shop?sslmode=on', /sslmode that is none of/],
    ['postgres://ada:pw@h/shop?ssl=toString', /ssl that is none of/],
    [
      'postgres://ada:pw@h/shop?sslrootcert=/no/such/file',
      /sslrootcert \/no\/such\/file, which cannot be read \(ENOENT\)/,
    ],
    ['postgres://ada:pw@h/shop?uselibpqcompat=true&sslmode=verify-ca', /verify-ca without sslrootcert/],
  ])('%s', (url, fault) => {
    expect(() => parseDatabaseUrl(url)).toThrow(fault);
    expect(() => parseDatabaseUrl(url)).toThrow(expect.objectContaining({ code: 'BAD_CONFIG' }));
  });

  test('and a password is in no message, whatever is in it', () => {
    const part = fc.string({ unit: 'grapheme-ascii', minLength: 5, maxLength: 12 });
    fc.assert(
      fc.property(part, (noise) => {
        try {
          parseDatabaseUrl(`postgres://ada:sesame${noise}%@h/shop`);
          expect.unreachable();
        } catch (error) {
          expect(String(error)).not.toContain('sesame');
        }
      }),
    );
  });

  test('while one that is escaped comes back as it was', () => {
    const word = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(word, word, (user, password) => {
        const url = `postgres://${encodeURIComponent(user)}:${encodeURIComponent(password)}@h/shop`;
        expect(parseDatabaseUrl(url)).toMatchObject({ user, password, host: 'h', database: 'shop' });
      }),
    );
  });
});

describe('encryption is what the name says, or stricter', () => {
  let folder: string;
  let authority: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bayline-url-'));
    authority = join(folder, 'ca.pem');
    await writeFile(authority, 'a certificate');
  });
  afterAll(() => rm(folder, { recursive: true }));

  const verified = {};
  const unverified = { rejectUnauthorized: false };
  test.each([
    ['', undefined],
    ['sslmode=disable', false],
    ['sslmode=allow', verified],
    ['sslmode=prefer', verified],
    ['sslmode=require', verified],
    ['sslmode=verify-ca', verified],
    ['sslmode=verify-full', verified],
    ['sslmode=no-verify', unverified],
    ['ssl=true', true],
    ['ssl=1', true],
    ['ssl=false', false],
    ['ssl=0', false],
    ['ssl=no-verify', unverified],
    ['sslrootcert=system', verified],
    ['sslmode=require&sslrootcert=system', verified],
    ['sslnegotiation=direct', true],
    ['uselibpqcompat=true&sslmode=disable', false],
    ['uselibpqcompat=true&sslmode=require', unverified],
    ['sslmode=require&uselibpqcompat=true', unverified],
    ['uselibpqcompat=true&sslmode=verify-full', verified],
  ])('%s', (query, ssl) => {
    expect(parseDatabaseUrl(`postgres://ada:pw@h/shop?${query}`).ssl).toEqual(ssl);
  });

  test('with the authority that a file names', () => {
    const query = `sslmode=verify-full&sslrootcert=${encodeURIComponent(authority)}`;
    expect(parseDatabaseUrl(`postgres://h/shop?${query}`).ssl).toEqual({ ca: 'a certificate' });
  });

  test('and the driver has nothing to warn of', () => {
    const warn = vi.spyOn(process, 'emitWarning');
    for (const mode of ['allow', 'prefer', 'require', 'verify-ca']) {
      parseDatabaseUrl(`postgres://h/shop?sslmode=${mode}`);
    }
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });

  test.each([
    ['sslmode=allow', true],
    ['sslmode=prefer', true],
    ['sslmode=prefer&uselibpqcompat=true', false],
    ['sslmode=require', false],
    ['sslmode=disable', false],
    ['', false],
  ])('%s: told that it is read as stricter: %s', (query, isTold) => {
    const note = databaseUrlNote(`postgres://ada:pw@h/shop?${query}`);
    expect(note !== null).toBe(isTold);
    if (isTold) expect(note).toMatch(/is read as verify-full/);
  });
});
