import type { Alert } from '@heliosiq/model';
import { contentId } from '@heliosiq/model/content-id.ts';
import { assetOfLabels } from '../intake/asset-of-labels.ts';
import type { Episode } from './alert-episode.ts';
import { type AlertReport, linkOf } from './alert-report.ts';
import { severityOfLabels } from './alert-severity.ts';

const titleLengthMax = 1000;
const textLengthMax = 10_000;
const labelsMax = 64;
const labelNameLengthMax = 128;
const labelValueLengthMax = 1024;
const readableFingerprintMax = 100;

/** The signal that tells the log where an episode stands, in the words of the report. */
export function alertOf(report: AlertReport, episode: Episode, assetLabels: readonly string[]): Alert {
  const { labels, annotations, link } = report;
  const text = textOf(report);
  return {
    kind: 'alert',
    asset: assetOfLabels(labels, assetLabels),
    fingerprint: report.fingerprint,
    ...stateOf(report.fingerprint, episode),
    title: titleOf(labels, annotations),
    severity: severityOfLabels(labels),
    labels: signalLabels(report),
    ...(text === undefined ? {} : { text }),
    ...(link === undefined ? {} : { link }),
  };
}

/** The same words for another stand of the episode. */
export function alertAt(alert: Alert, episode: Episode): Alert {
  return { ...alert, ...stateOf(alert.fingerprint, episode) };
}

/** A firing and its end are one record each, whoever tells of them and how often; `at` tells renewals apart. */
function stateOf(
  fingerprint: string,
  { isFiring, startedAt, at }: Episode,
): Pick<Alert, 'id' | 'at' | 'status' | 'startedAt'> {
  const status = isFiring ? 'firing' : 'resolved';
  const name = fingerprint.length <= readableFingerprintMax ? fingerprint : contentId('alert', fingerprint);
  return { id: `${name}:${startedAt}:${status}`, at, status, startedAt };
}

function titleOf(labels: AlertReport['labels'], annotations: AlertReport['annotations']): string {
  const words = [annotations['summary'], annotations['title'], labels['alertname'], annotations['message']];
  return clipped(words.find((text) => text !== undefined && text.trim() !== '')?.trim() ?? 'Alert', titleLengthMax);
}

function textOf({ annotations, values }: AlertReport): string | undefined {
  const description = annotations['description'] ?? annotations['message'];
  const text =
    description === undefined || values === undefined ? (description ?? values) : `${description}\n${values}`;
  return text === undefined ? undefined : clipped(text, textLengthMax);
}

/** The labels of the alert first, then where to read on; over-long ones are cut, because the fingerprint tells alerts apart. */
function signalLabels({ labels, annotations, pages }: AlertReport): Record<string, string> {
  const runbook = linkOf(annotations['runbook_url'] ?? annotations['runbook'], labelValueLengthMax);
  if (runbook === undefined && Object.keys(pages).length === 0 && areWithinBounds(labels)) return { ...labels };
  const all: Readonly<Record<string, string>> = {
    ...(runbook === undefined ? {} : { runbook_url: runbook }),
    ...pages,
    ...labels,
  };
  const kept: Record<string, string> = {};
  // What names the alert goes in first: the pages are the ones to fall off the end.
  for (const name of [...Object.keys(labels), ...Object.keys(all)].slice(0, labelsMax)) {
    const value = all[name];
    if (value !== undefined && name !== '__proto__') {
      kept[clipped(name, labelNameLengthMax)] = clipped(value, labelValueLengthMax);
    }
  }
  return kept;
}

function areWithinBounds(labels: AlertReport['labels']): boolean {
  let count = 0;
  for (const name in labels) {
    count += 1;
    if (count > labelsMax || name.length > labelNameLengthMax || name === '__proto__') return false;
    if ((labels[name]?.length ?? 0) > labelValueLengthMax) return false;
  }
  return true;
}

/** Cut to a length without half of a surrogate pair at its end. */
function clipped(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  const cut = text.slice(0, lengthMax);
  return cut.isWellFormed() ? cut : cut.slice(0, -1);
}
