import { AnomalyId, AssetId, HeliosError, IncidentId, IncidentStatus } from '@heliosiq/model';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { incidentStory } from './incident-story.ts';
import { noiseWords } from './noise-words.ts';
import { say, sayJson, table } from './terminal.ts';

interface ListFlags extends ClientFlags {
  readonly status?: string;
  readonly limit: string;
  readonly merged?: boolean;
}

interface NoteFlags extends ClientFlags {
  readonly note?: string;
}

interface SplitFlags extends NoteFlags {
  readonly asset: readonly string[];
  readonly alert: readonly string[];
  readonly anomaly: readonly string[];
  readonly into?: string;
}

/** `heliosiq incidents …`: what people do with incidents. */
export function addIncidentCommands(program: Command): void {
  const incidents = program
    .command('incidents')
    .description('list incidents, read one, take it, close it, correct it, report');
  addReading(incidents);
  addLifecycle(incidents);
  addGrouping(incidents);
}

function addReading(incidents: Command): void {
  withClientOptions(incidents.command('list').description('incidents with their cause, newest first'))
    .option('--status <status>', 'open, acknowledged, mitigated or resolved')
    .option('--limit <n>', 'at most this many', '20')
    .option('--merged', 'also those that turned out to be one with another')
    .action(async (flags: ListFlags) => {
      const status = flags.status === undefined ? {} : { status: IncidentStatus.parse(flags.status) };
      const merged = flags.merged === true ? ({ merged: 'true' } as const) : {};
      const result = await clientOf(flags).call('listIncidents', {
        query: { ...status, ...merged, limit: flags.limit },
      });
      if (flags.json === true) return sayJson(result);
      if (result.incidents.length === 0) return say('No incidents.');
      say(
        table([
          ['ID', 'STATUS', 'SEVERITY', 'OPENED', 'TITLE', 'CAUSE'],
          ...result.incidents.map(({ incident, cause, muted }) => [
            incident.id,
            muted === undefined ? incident.status : `${incident.status} (quiet)`,
            incident.severity,
            new Date(incident.openedAt).toISOString().slice(0, 16),
            incident.title,
            cause?.asset === undefined
              ? (cause?.verdict ?? '')
              : `${cause.asset} (${Math.round(cause.confidence * 100)} %)`,
          ]),
        ]),
      );
    });

  withClientOptions(incidents.command('show').description('one incident: what, why, when').argument('<id>')).action(
    async (id: string, flags: ClientFlags) => {
      const detail = await clientOf(flags).call('getIncident', { params: { id: IncidentId.parse(id) } });
      if (flags.json === true) return sayJson(detail);
      say(incidentStory(detail));
    },
  );

  withClientOptions(
    incidents.command('postmortem').description('a draft of a postmortem in Markdown').argument('<id>'),
  ).action(async (id: string, flags: ClientFlags) => {
    const markdown = await clientOf(flags).call('getPostmortem', { params: { id: IncidentId.parse(id) } });
    if (flags.json === true) return sayJson({ markdown });
    say(markdown.trimEnd());
  });

  withClientOptions(incidents.command('report').description('how much noise there was, and which rules are loudest'))
    .option('--days <n>', 'of the last days', '7')
    .action(async (flags: ClientFlags & { readonly days: string }) => {
      const days = Number(flags.days);
      if (!(days > 0 && days <= 3660)) {
        throw new HeliosError('invalid-request', `"${flags.days}" is no number of days`, { cure: 'give 1 to 3660' });
      }
      const to = Date.now();
      const from = new Date(to - days * 86_400_000).toISOString();
      const report = await clientOf(flags).call('getNoiseReport', { query: { from, to: new Date(to).toISOString() } });
      if (flags.json === true) return sayJson(report);
      say(noiseWords(report));
    });
}

function addLifecycle(incidents: Command): void {
  for (const [verb, route, past] of [
    ['acknowledge', 'acknowledgeIncident', 'acknowledged'],
    ['mitigate', 'mitigateIncident', 'mitigated'],
    ['resolve', 'resolveIncident', 'resolved'],
    ['reopen', 'reopenIncident', 'reopened'],
  ] as const) {
    withClientOptions(incidents.command(verb).description(`${verb} an incident`).argument('<id>'))
      .option('--note <text>', 'why')
      .action(async (id: string, flags: NoteFlags) => {
        const incident = await clientOf(flags).call(route, {
          params: { id: IncidentId.parse(id) },
          body: noteOf(flags),
        });
        if (flags.json === true) return sayJson(incident);
        say(`${past}: ${incident.title}`);
      });
  }

  withClientOptions(incidents.command('comment').description('add a line to its timeline').argument('<id>'))
    .argument('<text>')
    .action(async (id: string, text: string, flags: ClientFlags) => {
      const incident = await clientOf(flags).call('commentOnIncident', {
        params: { id: IncidentId.parse(id) },
        body: { text },
      });
      if (flags.json === true) return sayJson(incident);
      say(`noted: ${incident.title}`);
    });

  withClientOptions(incidents.command('assign').description('give it to somebody, or to nobody').argument('<id>'))
    .argument('[assignee]')
    .action(async (id: string, assignee: string | undefined, flags: ClientFlags) => {
      const body = assignee === undefined ? {} : { assignee };
      const incident = await clientOf(flags).call('assignIncident', { params: { id: IncidentId.parse(id) }, body });
      if (flags.json === true) return sayJson(incident);
      say(`${assignee === undefined ? 'nobody has' : `${assignee} has`} it now: ${incident.title}`);
    });

  withClientOptions(incidents.command('watch').description('watch it, or stop watching').argument('<id>'))
    .option('--stop', 'stop watching')
    .action(async (id: string, flags: ClientFlags & { readonly stop?: boolean }) => {
      const body = { isWatching: flags.stop !== true };
      const incident = await clientOf(flags).call('watchIncident', { params: { id: IncidentId.parse(id) }, body });
      if (flags.json === true) return sayJson(incident);
      say(`${(incident.watchers ?? []).length} watching: ${incident.title}`);
    });
}

function addGrouping(incidents: Command): void {
  withClientOptions(
    incidents.command('merge').description('say that it is one with another; remembered').argument('<id>'),
  )
    .argument('<into>', 'the incident that goes on')
    .option('--note <text>', 'why')
    .action(async (id: string, into: string, flags: NoteFlags) => {
      const incident = await clientOf(flags).call('mergeIncident', {
        params: { id: IncidentId.parse(id) },
        body: { into: IncidentId.parse(into), ...noteOf(flags) },
      });
      if (flags.json === true) return sayJson(incident);
      say(`one incident now: ${incident.id} ${incident.title}`);
    });

  withClientOptions(
    incidents.command('split').description('say that some members are of other trouble; remembered').argument('<id>'),
  )
    .option('--asset <asset>', 'all members of an asset (repeatable)', collected, [])
    .option('--alert <fingerprint>', 'an alert (repeatable)', collected, [])
    .option('--anomaly <id>', 'an anomaly (repeatable)', collected, [])
    .option('--into <id>', 'the incident that they belong to; a new one when absent')
    .option('--note <text>', 'why')
    .action(async (id: string, flags: SplitFlags) => {
      const incident = await clientOf(flags).call('splitIncident', {
        params: { id: IncidentId.parse(id) },
        body: {
          assets: flags.asset.map((asset) => AssetId.parse(asset)),
          alertFingerprints: [...flags.alert],
          anomalyIds: flags.anomaly.map((anomaly) => AnomalyId.parse(anomaly)),
          ...(flags.into === undefined ? {} : { into: IncidentId.parse(flags.into) }),
          ...noteOf(flags),
        },
      });
      if (flags.json === true) return sayJson(incident);
      say(`they are in ${incident.id} now: ${incident.title}`);
    });
}

function noteOf({ note }: NoteFlags): { readonly note?: string } {
  return note === undefined ? {} : { note };
}

function collected(value: string, before: readonly string[]): readonly string[] {
  return [...before, value];
}
