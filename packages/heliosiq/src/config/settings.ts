import { TenantId } from '@heliosiq/model';
import { ByteSize } from '@heliosiq/ingest/intake/tenant-quota-limits.ts';
import { z } from 'zod';
import { brokerSettings } from './broker-settings.ts';
import { blobSettings } from './blob-settings.ts';
import { bronzeSettings } from './bronze-settings.ts';
import { detectionSettings } from './detection-settings.ts';
import { embeddingSettings } from './embedding-settings.ts';
import { ingestSettings } from './ingest-settings.ts';
import { knowledgeSettings } from './knowledge-settings.ts';
import { listenerSettings } from './listener-settings.ts';
import { rerankSettings } from './rerank-settings.ts';
import { retentionSettings } from './retention-settings.ts';
import { seriesStoreSettings } from './series-store-settings.ts';
import { ruleSettings } from './rule-settings.ts';
import { Structured, Text, Url, Whole, YesNo } from './setting.ts';
import type { Setting } from './setting.ts';

export type { Setting } from './setting.ts';

/** A receiver of incidents; `secret` signs each body (HMAC-SHA-256). */
export const Webhook = z.strictObject({
  name: z.string().regex(/^[a-z0-9-]{1,50}$/, 'use lower-case letters, digits and hyphens'),
  url: Url('http', 'https'),
  secret: z.string().min(16, 'use 16 characters or more'),
});
export type Webhook = z.infer<typeof Webhook>;

const Webhooks = Structured(z.array(Webhook), 'an array of {name, url, secret}').refine(
  (hooks) => new Set(hooks.map((hook) => hook.name)).size === hooks.length,
  'give each webhook a name of its own',
);

const LogLevel = z.enum(['debug', 'info', 'warn', 'error', 'silent']);

/** Every setting of the program, in the order of the reference. */
export const settings = {
  data: {
    key: 'data',
    schema: Text.default('.heliosiq'),
    placeholder: 'DIR',
    help: 'Folder for everything the program keeps; by default in the clone.',
  },
  diskReserve: {
    key: 'disk.reserve',
    schema: ByteSize.default(512 * 2 ** 20),
    placeholder: 'SIZE',
    help: 'Room that stays free on the disk of the data folder while the embedded PostgreSQL runs: senders are answered 503 when there is less. 0 = none.',
  },
  backlogMaxMinutes: {
    key: 'backlog.max-minutes',
    schema: Whole(0, 3 * 24 * 60).default(12 * 60),
    placeholder: 'N',
    help: 'How far the stages may be behind what comes in, in minutes: senders are answered 429 from then on. The log keeps three days. 0 = no limit.',
  },
  host: { key: 'host', schema: Text.default('127.0.0.1'), placeholder: 'ADDRESS', help: 'Address to listen on.' },
  port: {
    key: 'port',
    schema: Whole(0, 65_535).default(7070),
    placeholder: 'N',
    help: 'Port to listen on; 0 takes a free one.',
  },
  publicUrl: {
    key: 'public-url',
    schema: Url('http', 'https').optional(),
    placeholder: 'URL',
    help: 'Address under which people reach the page; used in notifications. Default: the listening address.',
  },
  role: {
    key: 'role',
    schema: Text.default('all'),
    placeholder: 'NAMES',
    help: 'Roles to run, comma-separated; `heliosiq roles` lists them.',
  },
  stagesApart: {
    key: 'stages.apart',
    schema: z.enum(['auto', 'on', 'off']).default('off'),
    placeholder: 'auto|on|off',
    help: 'Whether stages (lake, detect, incident, diagnose, notify) work in a process of their own beside the doors: auto = where there are four processors or more. Neither waits for the other then; it takes 100 MiB more at rest, 300 under load.',
  },
  databaseUrl: {
    key: 'database.url',
    schema: Url('postgres', 'postgresql').optional(),
    placeholder: 'URL',
    secret: true,
    help: 'A PostgreSQL of version 15 or newer to use instead of the embedded one.',
  },
  databasePort: {
    key: 'database.port',
    schema: Whole(0, 65_535).default(0),
    placeholder: 'N',
    help: 'Loopback port of the embedded PostgreSQL; 0 takes a free one and keeps it.',
  },
  databasePoolMax: {
    key: 'database.pool-max',
    schema: Whole(2, 200).default(4),
    placeholder: 'N',
    help: 'Connections to PostgreSQL at most.',
  },
  tenant: {
    key: 'tenant',
    schema: TenantId.default(TenantId.parse('default')),
    placeholder: 'ID',
    help: 'The tenant made on the first start.',
  },
  logLevel: {
    key: 'log.level',
    schema: LogLevel.default('info'),
    placeholder: 'LEVEL',
    help: 'debug, info, warn, error or silent.',
  },
  jwtSecret: {
    key: 'auth.jwt-secret',
    schema: z.string().min(32, 'use 32 characters or more').optional(),
    placeholder: 'TEXT',
    secret: true,
    help: 'Accept JWTs signed with this secret (HS256).',
  },
  jwksUrl: {
    key: 'auth.jwks-url',
    schema: Url('http', 'https').optional(),
    placeholder: 'URL',
    help: 'Accept JWTs signed by these keys (RS256, ES256).',
  },
  jwtIssuer: {
    key: 'auth.jwt-issuer',
    schema: Text.optional(),
    placeholder: 'TEXT',
    help: 'The issuer that a JWT must name; needed with JWTs.',
  },
  jwtAudience: {
    key: 'auth.jwt-audience',
    schema: Text.optional(),
    placeholder: 'TEXT',
    help: 'The audience that a JWT must name; needed with JWTs.',
  },
  jwtTenantClaim: {
    key: 'auth.jwt-tenant-claim',
    schema: Text.default('tenant'),
    placeholder: 'NAME',
    help: 'The claim that names the tenant.',
  },
  loopbackSession: {
    key: 'auth.loopback-session',
    schema: YesNo.default(false),
    placeholder: 'true|false',
    help: 'Let a browser on this machine in without a key, as admin of the tenant. The demo switches it on; refused when listening beyond loopback.',
  },
  badCredentialsPerMinute: {
    key: 'auth.bad-credentials-per-minute',
    schema: Whole(1, 1_000_000).default(600),
    placeholder: 'N',
    help: 'Bad credentials that one sender may show per minute before it has to wait.',
  },
  bodyMaxMiB: {
    key: 'limits.body-max-mib',
    schema: Whole(1, 512).default(32),
    placeholder: 'N',
    help: 'Largest request body after decompression.',
  },
  requestsPerMinute: {
    key: 'limits.requests-per-minute',
    schema: Whole(1, 100_000_000).default(600_000),
    placeholder: 'N',
    help: 'Requests a tenant may send per minute.',
  },
  ...listenerSettings,
  ...brokerSettings,
  ...ingestSettings,
  ...bronzeSettings,
  ...blobSettings,
  ...embeddingSettings,
  ...knowledgeSettings,
  ...rerankSettings,
  ...seriesStoreSettings,
  ...retentionSettings,
  ...ruleSettings,
  ...detectionSettings,
  webhooks: {
    key: 'notify.webhooks',
    schema: Webhooks.default([]),
    placeholder: 'JSON',
    secret: true,
    help: 'Receivers of incidents: a list of {name, url, secret}.',
  },
} as const satisfies Record<string, Setting>;

export type SettingName = keyof typeof settings;

/** The parsed configuration. */
export type Config = { readonly [Name in SettingName]: z.output<(typeof settings)[Name]['schema']> };

/** `--log-level` of `log.level`. */
export function flagOf(setting: Setting): string {
  return `--${setting.key.replaceAll('.', '-')}`;
}

/** `HELIOS_LOG_LEVEL` of `log.level`. */
export function variableOf(setting: Setting): string {
  return `HELIOS_${setting.key.replaceAll(/[.-]/g, '_').toUpperCase()}`;
}
