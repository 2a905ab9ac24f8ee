import { setTimeout as pause } from 'node:timers/promises';
import type { Client, LakeProofAnswer } from '@heliosiq/api';
import { HeliosError } from '@heliosiq/model';
import { bold, complain, dim, green, red, say, sayJson, table, yellow } from './terminal.ts';

const pollMs = 500;

type StageReport = LakeProofAnswer['stages'][number];

/** Asks after a proof until it has ended, and shows how far it is where somebody looks. */
export async function followProof(client: Client, started: LakeProofAnswer): Promise<LakeProofAnswer> {
  const isWatched = process.stderr.isTTY;
  let proof = started;
  while (proof.state === 'running') {
    if (isWatched) process.stderr.write(`\r\u001b[K${proof.step} ${Math.floor(proof.share * 100)} %`);
    await pause(pollMs);
    proof = await client.call('readReplay', { params: { id: started.id } });
  }
  if (isWatched) process.stderr.write('\r\u001b[K');
  return proof;
}

/** Tells what a proof found. Exit code 0: nothing is wrong; 2: something is; 1: it did not come to an end. */
export function tellProof(proof: LakeProofAnswer, isJson: boolean): void {
  if (proof.state !== 'done') process.exitCode = 1;
  else if (proof.isProven !== true) process.exitCode = 2;
  if (isJson) return sayJson(proof);
  if (proof.state !== 'done') {
    const why =
      proof.state === 'interrupted' ? 'it was interrupted: begin it anew' : (proof.reason ?? 'no reason is known');
    return complain(`${red(proof.state)} at ${proof.step}: ${why}`);
  }
  if (proof.bronze !== undefined) tellBronze(proof.bronze);
  if (proof.stages.length > 0) tellStages(proof.stages);
  say(proof.isProven === true ? green('proven: what is stored is what was accepted') : red('not proven: see above'));
}

function tellBronze({ segments, records, samples, bytes, faults }: NonNullable<LakeProofAnswer['bronze']>): void {
  const count = (value: number): string => value.toLocaleString('en');
  say(
    `${bold('bronze')}  ${count(records)} records, ${count(samples)} samples in ${count(segments)} segments, ${count(bytes)} bytes`,
  );
  if (faults.length === 0) say(`  ${green('whole')}: every checksum fits, and every chain goes on`);
  for (const { kind, name, detail, samples: lost } of faults) {
    say(`  ${red(kind)} ${name}`);
    say(`    ${detail}${lost === undefined ? '' : dim(` (${count(lost)} samples)`)}`);
  }
}

function tellStages(stages: readonly StageReport[]): void {
  say(
    table([
      ['STAGE', 'ITEMS', 'RESULT', 'MISSING', 'DIFFERENT', 'EXTRA', 'DAMAGED', 'PUT RIGHT', 'HASH'],
      ...stages.map((stage) => [
        stage.stage,
        String(stage.items),
        stage.isEqual ? 'equal' : 'not equal',
        ...[stage.missing, stage.different, stage.extra, stage.damaged, stage.applied].map(String),
        stage.isEqual ? stage.rebuilt.slice(0, 16) : `${stage.rebuilt.slice(0, 16)} != ${stage.stored.slice(0, 16)}`,
      ]),
    ]),
  );
  for (const { stage, first, notes } of stages) {
    for (const note of notes) say(`${dim(stage)} ${note}`);
    for (const { kind, what, rebuilt, stored } of first) {
      say(`${dim(stage)} ${yellow(kind)} ${what}`);
      if (kind === 'different' && rebuilt !== undefined)
        say(`  rebuilt ${cut(rebuilt)}\n  stored  ${cut(stored ?? '')}`);
    }
  }
}

function cut(text: string): string {
  return text.length > 300 ? `${text.slice(0, 299)}…` : text;
}

/** A stage by its name. */
export function stageOption(word: string): 'silver' | 'gold' | 'detect' | 'all' {
  if (word === 'silver' || word === 'gold' || word === 'detect' || word === 'all') return word;
  throw new HeliosError('invalid-request', `there is no stage "${word}"`, { cure: 'take silver, gold, detect or all' });
}
