import { AssetId, TenantId } from '@heliosiq/model';
import type { Log } from '@heliosiq/model';
import { describe, expect, it } from 'vitest';
import { compileRedaction } from './redact.ts';
import { redactorNames, redactors } from './redaction-patterns.ts';
import type { RedactorName } from './redaction-patterns.ts';

const tenantId = TenantId.parse('acme');

function hidden(name: RedactorName, text: string): string {
  return redactors[name](text, () => '***');
}

function log(body: string, labels: Record<string, string> = {}): Log {
  return { kind: 'log', id: '1', asset: AssetId.parse('web'), at: 1, body, severity: 'info', labels };
}

describe('a pattern hides what it is named after and nothing else', () => {
  it.each<[RedactorName, string, string]>([
    ['email', 'mail ada.b+c@mail.example.org, now', 'mail ***, now'],
    ['email', 'user@host and @handle', 'user@host and @handle'],
    ['ip', 'from 10.0.0.255:8080 to 2001:db8::1, at 12:30:45', 'from ***:8080 to ***, at 12:30:45'],
    ['ip', 'version 1.2.3.4.5, 300.1.1.1', 'version 1.2.3.4.5, 300.1.1.1'],
    ['credit-card', 'card 4111 1111 1111 1111 ok', 'card *** ok'],
    ['credit-card', 'order 4111111111111112', 'order 4111111111111112'],
    ['jwt', 'got eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl!', 'got ***!'],
    ['api-key', 'key ghp_abcdefghijklmnopqrstuvwxyz0123456789 used', 'key *** used'],
    ['api-key', 'Authorization: Bearer abc.def-123456', 'Authorization: Bearer ***'],
    ['password-pair', 'DB_PASSWORD=hunter2 next', 'DB_PASSWORD=*** next'],
    ['password-pair', '{"user":"a","password":"x \\"y","n":1}', '{"user":"a","password":"***","n":1}'],
    ['password-pair', '{\\"api_key\\":\\"abc\\"}', '{\\"api_key\\":\\"***\\"}'],
    ['password-pair', 'GET /?access_token=abc&x=1', 'GET /?access_token=***&x=1'],
    ['password-pair', 'Authorization: Basic dXNlcjpwYXNz', 'Authorization: ***'],
    ['password-pair', 'postgres://app:s3cr3t@db:5432/x', 'postgres://app:***@db:5432/x'],
    ['password-pair', 'token: 512, pwd=/var/lib, max_tokens=500', 'token: 512, pwd=/var/lib, max_tokens=500'],
    ['password-pair', '{"password":null,"token":""} secret=false', '{"password":null,"token":""} secret=false'],
    ['private-key', 'a -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- b', 'a *** b'],
    ['iban', 'to DE89 3704 0044 0532 0130 00 today', 'to *** today'],
    ['iban', 'to DE88 3704 0044 0532 0130 00', 'to DE88 3704 0044 0532 0130 00'],
    ['phone', 'call +49 (30) 1234-567 or 004930123456', 'call *** or ***'],
    ['phone', 'took 1234567 ms at 2026-01-02', 'took 1234567 ms at 2026-01-02'],
  ])('%s: %j', (name, text, expected) => {
    expect(hidden(name, text)).toBe(expected);
  });
});

describe('the work of every pattern', () => {
  const hostile = [
    'a',
    'eyJa-',
    'a@',
    'a.',
    '1',
    '1 ',
    '1.',
    ':',
    'f:',
    '+1(',
    'password=',
    'password="',
    'password="\\',
    'bearer ',
    '://a:',
    'sk-',
    'AB12 ',
    '-----BEGIN PRIVATE KEY-----',
    '"\\',
  ];
  it.each(redactorNames)(
    '%s is linear: the longest hostile bodies are done long before the limit of a test',
    (name) => {
      // Quadratic work on these would be minutes: 4,000,000,000 steps for each of the texts.
      for (const part of hostile)
        expect(hidden(name, part.repeat(Math.ceil(65_536 / part.length)))).toBeTypeOf('string');
    },
  );
});

describe('a redaction', () => {
  it('hides in all texts but the asset, and the whole value of a label that is named like a secret', () => {
    const redaction = compileRedaction({ patterns: ['password-pair', 'email'], with: '***' });
    const made = redaction.signal(
      tenantId,
      log('mail a@b.org', { user: 'x@y.org', db_password: 'plain', region: 'eu' }),
    );
    expect(made).toMatchObject({ body: 'mail ***', labels: { user: '***', db_password: '***', region: 'eu' } });
  });

  it('leaves a signal untouched, not copied, where there is nothing to hide', () => {
    const redaction = compileRedaction({ patterns: ['email'], with: '***' });
    const clean = log('nothing here', { region: 'eu' });
    expect(redaction.signal(tenantId, clean)).toBe(clean);
  });

  it('by hash keeps equal values equal, differently for each tenant', () => {
    const redaction = compileRedaction({ patterns: ['email'], with: 'hash' });
    const [first, second] = ['a@b.org x', 'y a@b.org'].map((body) => redaction.signal(tenantId, log(body)));
    const hash = /#[0-9a-f]{12}/.exec(first?.kind === 'log' ? first.body : '')?.[0];
    expect(hash).toBeDefined();
    expect(second).toMatchObject({ body: `y ${hash}` });
    expect(redaction.signal(TenantId.parse('zeta'), log('a@b.org x'))).not.toMatchObject({ body: `${hash} x` });
  });

  it('by an expression of one’s own takes only the fields that are named', () => {
    const redaction = compileRedaction({ fields: ['label.user'], patterns: ['/\\d{4}/'], with: '#' });
    expect(redaction.signal(tenantId, log('1234', { user: 'u-12345', room: '1234' }))).toMatchObject({
      body: '1234',
      labels: { user: 'u-#5', room: '1234' },
    });
  });

  it('keeps a body within its length when what stands in is longer than what was hidden', () => {
    const redaction = compileRedaction({ patterns: ['/a/'], with: '*'.repeat(50) });
    const made = redaction.signal(tenantId, log('a'.repeat(65_536)));
    expect(made.kind === 'log' && made.body.length).toBe(65_536);
  });
});
