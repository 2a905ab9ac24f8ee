import { Command } from 'commander';
import { addAskCommand } from './commands/ask.ts';
import { addBacktestCommand } from './commands/backtest.ts';
import { addBackupCommand } from './commands/backup.ts';
import { addConfigCommands } from './commands/config.ts';
import { addDemoCommand } from './commands/demo.ts';
import { addDetectionCommands } from './commands/detection.ts';
import { addDiagnoseCommand } from './commands/diagnose.ts';
import { addEvalCommand } from './commands/eval.ts';
import { addIncidentCommands } from './commands/incidents.ts';
import { addSilenceCommands } from './commands/silences.ts';
import { addIngestCommand } from './commands/ingest.ts';
import { addJobsCommand } from './commands/jobs.ts';
import { addKeyCommands } from './commands/keys.ts';
import { addKnowledgeCommands } from './commands/knowledge.ts';
import { addLakeCommands } from './commands/lake.ts';
import { addLakeFactCommands } from './commands/lake-facts.ts';
import { addLakeRetentionCommand } from './commands/lake-retention.ts';
import { addLakeVerifyCommand } from './commands/lake-verify.ts';
import { addLogCommands } from './commands/log.ts';
import { addLogsCommands } from './commands/logs.ts';
import { addModelCommands } from './commands/models.ts';
import { addPipelineCommands } from './commands/pipeline.ts';
import { addRestoreCommand } from './commands/restore.ts';
import { addReplayCommand } from './commands/replay.ts';
import { addRolesCommand } from './commands/roles.ts';
import { addRuleCommands } from './commands/rules.ts';
import { addStartCommand } from './commands/start.ts';
import { programVersion } from './program/version.ts';

/** The command line as a tree, so that the reference can be generated from it. */
export function commandLine(): Command {
  const program = new Command('heliosiq')
    .description('HeliosIQ: telemetry in, one incident, its cause with evidence, the answer.')
    .version(programVersion())
    .showHelpAfterError('(add --help for what there is)')
    .enablePositionalOptions();
  addStartCommand(program);
  addDemoCommand(program);
  addAskCommand(program);
  addIncidentCommands(program);
  addSilenceCommands(program);
  addDiagnoseCommand(program);
  addDetectionCommands(program);
  addBacktestCommand(program);
  addIngestCommand(program);
  addPipelineCommands(program);
  addRuleCommands(program);
  addKnowledgeCommands(program);
  addModelCommands(program);
  addJobsCommand(program);
  addKeyCommands(program);
  addLakeCommands(program);
  addLakeFactCommands(program);
  addLakeRetentionCommand(program);
  addLakeVerifyCommand(program);
  addReplayCommand(program);
  addLogsCommands(program);
  addLogCommands(program);
  addBackupCommand(program);
  addRestoreCommand(program);
  addRolesCommand(program);
  addConfigCommands(program);
  addEvalCommand(program);
  return program;
}
