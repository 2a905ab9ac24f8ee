import { IncidentId, IncidentStatus } from '@heliosiq/model';
import type { Command } from 'commander';
import { clientOf, withClientOptions } from './client-options.ts';
import type { ClientFlags } from './client-options.ts';
import { incidentStory } from './incident-story.ts';
import { say, sayJson, table } from './terminal.ts';

interface ListFlags extends ClientFlags {
  readonly status?: string;
  readonly limit: string;
}

/** `heliosiq incidents list|show|acknowledge|resolve|reopen`. */
export function addIncidentCommands(program: Command): void {
  const incidents = program.command('incidents').description('list incidents, read one, take it, close it');

  withClientOptions(incidents.command('list').description('incidents with their cause, newest first'))
    .option('--status <status>', 'open, acknowledged or resolved')
    .option('--limit <n>', 'at most this many', '20')
    .action(async (flags: ListFlags) => {
      const status = flags.status === undefined ? {} : { status: IncidentStatus.parse(flags.status) };
      const result = await clientOf(flags).call('listIncidents', { query: { ...status, limit: flags.limit } });
      if (flags.json === true) return sayJson(result);
      if (result.incidents.length === 0) return say('No incidents.');
      say(
        table([
          ['ID', 'STATUS', 'SEVERITY', 'OPENED', 'TITLE', 'CAUSE'],
          ...result.incidents.map(({ incident, cause }) => [
            incident.id,
            incident.status,
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

  for (const [verb, route, past] of [
    ['acknowledge', 'acknowledgeIncident', 'acknowledged'],
    ['resolve', 'resolveIncident', 'resolved'],
    ['reopen', 'reopenIncident', 'reopened'],
  ] as const) {
    withClientOptions(incidents.command(verb).description(`${verb} an incident`).argument('<id>'))
      .option('--note <text>', 'why')
      .action(async (id: string, flags: ClientFlags & { readonly note?: string }) => {
        const body = flags.note === undefined ? {} : { note: flags.note };
        const incident = await clientOf(flags).call(route, { params: { id: IncidentId.parse(id) }, body });
        if (flags.json === true) return sayJson(incident);
        say(`${past}: ${incident.title}`);
      });
  }
}
