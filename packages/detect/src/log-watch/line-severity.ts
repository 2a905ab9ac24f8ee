import { type Severity, worseSeverity } from '@heliosiq/model';

/** Words by which programs say how bad a line is; where senders have no field for it, the line is all there is. */
const trouble =
  /\b(?:ERROR|SEVERE|FATAL|CRITICAL|PANIC|EMERG)\b|\b\w*(?:Exception|Error)\b(?=[:(\s]|$)|\bTraceback\b|\bpanic:/;
const warning = /\bWARN(?:ING)?\b/;

/** Where in a line such a word stands, if it says how bad the line is. */
const headLength = 300;

/** How bad a line is: what the sender says, or what the line itself says where that is worse. */
export function lineSeverity(severity: Severity, body: string): Severity {
  const head = body.length > headLength ? body.slice(0, headLength) : body;
  if (trouble.test(head)) return worseSeverity(severity, 'high');
  return warning.test(head) ? worseSeverity(severity, 'medium') : severity;
}
