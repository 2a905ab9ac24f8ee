import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse as parseYaml, YAMLParseError } from 'yaml';
import type { Config, Setting, SettingName } from './config/settings.ts';
import { flagOf, settings, variableOf } from './config/settings.ts';
import { closestWord } from './config/closest-word.ts';

/** The one place that reads the environment. Order of strength: flag, environment variable, file, default. */

/** Where a value came from, for people. */
export interface Origin {
  readonly kind: 'flag' | 'environment' | 'file' | 'default';
  readonly name: string;
}

/** Something wrong with the configuration, and what to do. */
export interface ConfigProblem {
  readonly where: string;
  readonly problem: string;
  readonly cure: string;
}

export interface LoadedConfig {
  readonly config: Config;
  readonly origins: Readonly<Record<SettingName, Origin>>;
}

export type ConfigOutcome =
  | ({ readonly ok: true } & LoadedConfig)
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] };

export interface ConfigSources {
  /** Values of the command line by setting; strings as typed. */
  readonly flags?: Readonly<Partial<Record<SettingName, unknown>>>;
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Path of the file; `heliosiq.yaml` in the working folder is read when it exists. */
  readonly file?: string;
}

const settingNames = Object.keys(settings) as readonly SettingName[]; // the keys of a const object
const defaultFile = 'heliosiq.yaml';
/** The default data folder lies in the clone, wherever the command is typed. */
const clone = join(import.meta.dirname, '..', '..', '..');
/** Variables that belong to other tools of the house: which file to read, the bootstrap, tests. */
const foreignVariables = /^HELIOS_(CONFIG$|KEY$|URL$|BOOTSTRAP_|TEST_|BENCH_)/;

/** Reads and checks the whole configuration; every problem is found in one go. */
export function loadConfig(sources: ConfigSources = {}): ConfigOutcome {
  const environment = sources.environment ?? process.env;
  const problems: ConfigProblem[] = [];
  const file = readFile(sources.file ?? environment['HELIOS_CONFIG'], problems);
  problems.push(...unknownKeys(file), ...unknownVariables(environment));

  const values: Partial<Record<SettingName, unknown>> = {};
  const origins: Partial<Record<SettingName, Origin>> = {};
  for (const name of settingNames) {
    const setting: Setting = settings[name];
    const [raw, origin] = pick(name, sources.flags, environment, file);
    const parsed = setting.schema.safeParse(raw);
    if (parsed.success) {
      values[name] = name === 'data' && origin.kind === 'default' ? join(clone, String(parsed.data)) : parsed.data;
      origins[name] = origin;
    } else {
      for (const issue of parsed.error.issues) {
        const inner = issue.path.length === 0 ? '' : ` at ${issue.path.join('.')}`;
        const shown = setting.secret === true || typeof raw === 'object' ? '' : ` ${JSON.stringify(raw)}`;
        problems.push({
          where: origin.name,
          problem: `${setting.key}${inner}:${shown} is not valid`,
          cure: issue.message,
        });
      }
    }
  }
  if (problems.length === 0) problems.push(...contradictions(values as Config)); // complete when nothing failed
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, config: values as Config, origins: origins as Record<SettingName, Origin> }; // complete as well
}

function pick(
  name: SettingName,
  flags: ConfigSources['flags'],
  environment: Readonly<Record<string, string | undefined>>,
  file: ReadonlyMap<string, unknown>,
): [unknown, Origin] {
  const setting: Setting = settings[name];
  if (flags?.[name] !== undefined) return [flags[name], { kind: 'flag', name: flagOf(setting) }];
  const variable = variableOf(setting);
  if (environment[variable] !== undefined) return [environment[variable], { kind: 'environment', name: variable }];
  if (file.has(setting.key)) return [file.get(setting.key), { kind: 'file', name: `${defaultFile}: ${setting.key}` }];
  const other = setting.alsoFrom?.find((name) => (environment[name] ?? '') !== '');
  if (other !== undefined) return [environment[other], { kind: 'environment', name: other }];
  return [undefined, { kind: 'default', name: 'default' }];
}

/** The file as dotted keys. */
function readFile(path: string | undefined, problems: ConfigProblem[]): ReadonlyMap<string, unknown> {
  const chosen = path ?? defaultFile;
  if (!existsSync(chosen)) {
    if (path !== undefined) problems.push({ where: path, problem: 'the file does not exist', cure: 'check --config' });
    return new Map();
  }
  try {
    const content: unknown = parseYaml(readFileSync(chosen, 'utf8')) ?? {};
    if (typeof content !== 'object' || Array.isArray(content)) {
      problems.push({ where: chosen, problem: 'the file is not a mapping', cure: 'write `key: value` lines' });
      return new Map();
    }
    return new Map(flatten(content as Record<string, unknown>, '')); // an object that is no array is a record
  } catch (error) {
    const reason = error instanceof YAMLParseError ? (error.message.split('\n')[0] ?? '') : String(error);
    problems.push({ where: chosen, problem: reason, cure: 'mend the YAML' });
    return new Map();
  }
}

function* flatten(mapping: Record<string, unknown>, prefix: string): Generator<[string, unknown]> {
  for (const [key, value] of Object.entries(mapping)) {
    const path = `${prefix}${key}`;
    const isSetting = settingNames.some((name) => settings[name].key === path);
    if (!isSetting && typeof value === 'object' && value !== null && !Array.isArray(value)) {
      yield* flatten(value as Record<string, unknown>, `${path}.`); // no array, not null
    } else yield [path, value];
  }
}

function unknownKeys(file: ReadonlyMap<string, unknown>): ConfigProblem[] {
  const known = settingNames.map((name): string => settings[name].key);
  return [...file.keys()]
    .filter((key) => !known.includes(key))
    .map((key) => ({ where: defaultFile, problem: `there is no setting "${key}"`, cure: suggestion(key, known) }));
}

function unknownVariables(environment: Readonly<Record<string, string | undefined>>): ConfigProblem[] {
  const known = settingNames.map((name) => variableOf(settings[name]));
  return Object.keys(environment)
    .filter(
      (variable) => variable.startsWith('HELIOS_') && !known.includes(variable) && !foreignVariables.test(variable),
    )
    .map((variable) => ({ where: variable, problem: 'there is no such setting', cure: suggestion(variable, known) }));
}

function suggestion(word: string, known: readonly string[]): string {
  const close = closestWord(word, known);
  return close === undefined
    ? 'remove it, or see `heliosiq config print` for what there is'
    : `did you mean "${close}"?`;
}

function contradictions(config: Config): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const takesJwt = config.jwtSecret !== undefined || config.jwksUrl !== undefined;
  if (takesJwt && (config.jwtIssuer === undefined || config.jwtAudience === undefined)) {
    problems.push({
      where: 'auth',
      problem: 'JWTs are accepted without issuer and audience',
      cure: `set ${flagOf(settings.jwtIssuer)} and ${flagOf(settings.jwtAudience)}`,
    });
  }
  const halfTls = (config.tlsCertFile === undefined) !== (config.tlsKeyFile === undefined);
  const wantsTls = [config.mqttTlsPort, config.syslogTlsPort].some((port) => port !== 'off');
  if (halfTls || (wantsTls && config.tlsCertFile === undefined)) {
    problems.push({
      where: 'tls',
      problem: 'a certificate or its key is missing',
      cure: `set ${flagOf(settings.tlsCertFile)} and ${flagOf(settings.tlsKeyFile)}`,
    });
  }
  if (config.kafkaSasl !== undefined && (config.kafkaUsername === undefined || config.kafkaPassword === undefined)) {
    problems.push({
      where: 'kafka.sasl',
      problem: 'the brokers want a user and a password',
      cure: `set ${flagOf(settings.kafkaUsername)} and ${variableOf(settings.kafkaPassword)}`,
    });
  }
  problems.push(...bucketContradictions(config));
  const { seriesWriteUrl, seriesHeaders, seriesExternalLabels } = config;
  const told = [seriesWriteUrl, ...Object.keys(seriesHeaders), ...Object.keys(seriesExternalLabels)];
  if (config.seriesUrl === undefined && told.some((one) => one !== undefined)) {
    problems.push({
      where: 'series',
      problem: 'a store for samples is described, but not where it is',
      cure: `set ${variableOf(settings.seriesUrl)}`,
    });
  }
  const hasIndexUrl = (config.knowledgeIndexUrl ?? config.databaseUrl) !== undefined;
  if (config.knowledgeIndex === 'pgvector' ? !hasIndexUrl : config.knowledgeIndexUrl !== undefined) {
    problems.push({
      where: 'knowledge.index',
      problem: hasIndexUrl
        ? 'a database for the search index is set, but not used'
        : 'pgvector needs a database of its own',
      cure: hasIndexUrl
        ? `set ${flagOf(settings.knowledgeIndex)} pgvector`
        : `set ${variableOf(settings.knowledgeIndexUrl)}; the embedded PostgreSQL does not have the extension`,
    });
  }
  if (config.loopbackSession && !['127.0.0.1', '::1', 'localhost'].includes(config.host)) {
    problems.push({
      where: 'auth.loopback-session',
      problem: `a session without a key, but the program listens on ${config.host}`,
      cure: 'listen on 127.0.0.1 or switch the loopback session off',
    });
  }
  return problems;
}

function bucketContradictions(config: Config): ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const { blobBucket, blobDir, blobPrefix, blobEndpoint, blobPathStyle, blobCaFile } = config;
  const isDescribed = [blobPrefix, blobEndpoint, blobPathStyle, blobCaFile].some((one) => one !== undefined);
  if (blobBucket === undefined ? isDescribed : blobDir !== undefined) {
    problems.push({
      where: 'blobs',
      problem:
        blobBucket === undefined ? 'a bucket is described, but not named' : 'bronze has both a folder and a bucket',
      cure:
        blobBucket === undefined
          ? `set ${flagOf(settings.blobBucket)}`
          : `leave out ${flagOf(settings.blobDir)} or ${flagOf(settings.blobBucket)}`,
    });
  }
  const hasHalfKey = (config.blobAccessKeyId === undefined) !== (config.blobSecretAccessKey === undefined);
  if (blobBucket !== undefined && hasHalfKey) {
    problems.push({
      where: 'blobs',
      problem: 'the key of the bucket or its secret is missing',
      cure: `set ${variableOf(settings.blobAccessKeyId)} and ${variableOf(settings.blobSecretAccessKey)}`,
    });
  }
  return problems;
}

/** The configuration as people may see it: secrets masked, with the origin of each value. */
export function printableConfig({ config, origins }: LoadedConfig): { key: string; value: string; origin: string }[] {
  return settingNames.map((name) => {
    const setting: Setting = settings[name];
    const value = config[name];
    const empty = value === undefined || (Array.isArray(value) && value.length === 0);
    return {
      key: setting.key,
      value: empty
        ? '(not set)'
        : setting.secret === true
          ? '(set, hidden)'
          : typeof value === 'string'
            ? value
            : JSON.stringify(value),
      origin: origins[name].kind === 'default' ? 'default' : origins[name].name,
    };
  });
}

/** The key and address that client commands such as `ask` use against a running program. */
export function clientEnvironment(environment: Readonly<Record<string, string | undefined>> = process.env): {
  readonly url: string | undefined;
  readonly key: string | undefined;
} {
  return { url: environment['HELIOS_URL'], key: environment['HELIOS_KEY'] };
}
