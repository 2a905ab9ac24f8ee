import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { readRuleFile } from '@heliosiq/detect/rules/rule-file.ts';
import type { RuleGroups, RuleTrials } from '@heliosiq/api';
import { HeliosError } from '@heliosiq/model';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { momentOption } from './moment-option.ts';
import { bold, complain, dim, green, red, say, sayJson, table, yellow } from './terminal.ts';

interface TrialFlags extends ClientFlags {
  readonly since: string;
  readonly until?: string;
}

/** `heliosiq rules check|import|list|show|remove|state|test`. */
export function addRuleCommands(program: Command): void {
  const rules = program.command('rules').description('alerts by rules of Prometheus and by the burn of error budgets');

  rules
    .command('check')
    .description('say what is wrong with files of rules; no server is needed')
    .argument('<files...>', 'YAML: rules of Prometheus or objectives of OpenSLO')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExits 1 when something is wrong.')
    .action(checkFiles);

  withClientOptions(
    rules
      .command('import')
      .description('add files of rules, each in the place of the one of its name (admin)')
      .argument('<files...>', 'YAML: rules of Prometheus or objectives of OpenSLO'),
  ).action(async (files: readonly string[], flags: ClientFlags) => {
    const client = clientOf(flags);
    const taken = [];
    for (const file of files) {
      const text = await textOf(file);
      taken.push(await client.call('putRuleFile', { params: { name: basename(file) }, body: { text } }));
    }
    if (flags.json === true) return sayJson({ files: taken });
    for (const one of taken) say(`${green('taken')} ${one.name}: ${one.rules} rules in ${one.groups} groups`);
  });

  withClientOptions(rules.command('list').description('the files of rules')).action(async (flags: ClientFlags) => {
    const listed = await clientOf(flags).call('listRuleFiles');
    if (flags.json === true) return sayJson(listed);
    if (listed.files.length === 0) return say('There are no rules. `heliosiq rules import FILE` adds some.');
    say(
      table([
        ['NAME', 'KIND', 'GROUPS', 'RULES', 'CHANGED', 'BY'],
        ...listed.files.map(({ name, kind, groups, rules: count, updatedAt, updatedBy }) => [
          ...[name, kind, String(groups), String(count), moment(updatedAt), updatedBy],
        ]),
      ]),
    );
  });

  withClientOptions(rules.command('show').description('one file as it was given').argument('<name>')).action(
    async (name: string, flags: ClientFlags) => {
      const file = await clientOf(flags).call('readRuleFile', { params: { name } });
      if (flags.json === true) return sayJson(file);
      process.stdout.write(file.text);
    },
  );

  withClientOptions(
    rules.command('remove').description('remove a file; what fires because of it is over (admin)').argument('<name>'),
  ).action(async (name: string, flags: ClientFlags) => {
    await clientOf(flags).call('removeRuleFile', { params: { name } });
    return flags.json === true ? sayJson({ removed: name }) : say(`removed ${name}`);
  });

  withClientOptions(
    rules.command('state').description('what each rule found last: what waits, fires, or fails'),
  ).action(async (flags: ClientFlags) => {
    const state = await clientOf(flags).call('listRuleGroups');
    return flags.json === true ? sayJson(state) : say(stateWords(state));
  });

  withClientOptions(
    rules
      .command('test')
      .description('what the alerts of a file would have said in the past; nothing is kept')
      .argument('<file>', 'YAML: rules of Prometheus or objectives of OpenSLO'),
  )
    .option('--since <time>', 'ISO 8601 with a zone, or a duration back from now such as 24h or 7d', '24h')
    .option('--until <time>', 'the same; now without it')
    .addHelpText('after', '\nExample:\n  heliosiq rules test alerts.yml --since 7d')
    .action(async (file: string, flags: TrialFlags) => {
      const body = {
        text: await textOf(file),
        from: String(momentOption(flags.since, '--since')),
        to: String(momentOption(flags.until ?? '0s', '--until')),
      };
      const found = await clientOf(flags).call('tryRules', { body });
      return flags.json === true ? sayJson(found) : say(trialWords(found));
    });
}

async function checkFiles(files: readonly string[], flags: { readonly json?: boolean }): Promise<void> {
  // The engine that answers questions is not needed by the other commands.
  const { whatIsWrongWith } = await import('../program/compose-rules.ts');
  const checked = [];
  for (const file of files) {
    const read = readRuleFile(await textOf(file), whatIsWrongWith);
    checked.push({
      ...{ file, kind: read.kind },
      ...(read.ok
        ? { rules: read.groups.reduce((sum, group) => sum + group.rules.length, 0), faults: [] }
        : { rules: 0, faults: read.faults }),
    });
  }
  if (checked.some(({ faults }) => faults.length > 0)) process.exitCode = 1;
  if (flags.json === true) return sayJson({ files: checked });
  for (const { file, kind, rules, faults } of checked) {
    if (faults.length === 0) say(`${green('good')} ${file}: ${rules} rules (${kind})`);
    for (const { line, reason } of faults) complain(`${red('wrong')} ${file}:${line}: ${reason}`);
  }
}

async function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((cause: unknown) => {
    throw new HeliosError('not-found', `${file} cannot be read`, { cause, cure: 'check the path' });
  });
}

function stateWords({ groups }: RuleGroups): string {
  if (groups.length === 0) return 'There are no rules. `heliosiq rules import FILE` adds some.';
  return groups
    .map(({ file, name, evaluatedAt, rules }) => {
      const when = evaluatedAt === undefined ? 'not evaluated yet' : `evaluated ${moment(evaluatedAt)}`;
      const lines = rules.flatMap(({ name: rule, state, alerts, fault, kind }) => [
        `  ${kind === 'recording' && fault === undefined ? dim('recording') : coloured(state)} ${rule}${fault === undefined ? '' : `: ${fault}`}`,
        ...alerts.map(
          ({ state: stand, labels, value }) => `    ${stand} ${labelWords(labels)} ${dim(`value ${value ?? 'NaN'}`)}`,
        ),
      ]);
      return [`${bold(name)} ${dim(`(${file}, ${when})`)}`, ...lines].join('\n');
    })
    .join('\n\n');
}

function coloured(state: RuleGroups['groups'][number]['rules'][number]['state']): string {
  return { firing: red, pending: yellow, inactive: green, unknown: dim }[state](state);
}

function trialWords({ trials }: RuleTrials): string {
  if (trials.length === 0) return 'The file has no alerts.';
  return trials
    .map(({ name, total, firings, fault }) => {
      if (fault !== undefined) return `${bold(name)}: ${red('failed')} ${fault}`;
      const rows = firings.map(({ from, to, labels }) => [
        moment(from),
        to === undefined ? 'still' : moment(to),
        labelWords(labels),
      ]);
      const head = `${bold(name)}: would have fired ${total} times`;
      const rest = total > firings.length ? `\n${dim(`and ${total - firings.length} more`)}` : '';
      return total === 0 ? head : `${head}\n${table([['FROM', 'TO', 'LABELS'], ...rows])}${rest}`;
    })
    .join('\n\n');
}

function labelWords(labels: Readonly<Record<string, string>>): string {
  const pairs = Object.entries(labels).filter(([name]) => name !== 'alertname');
  return `{${pairs.map(([name, value]) => `${name}="${value}"`).join(', ')}}`;
}

function moment(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ');
}
