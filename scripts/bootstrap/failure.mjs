/** A failure whose message already names its cause and its cure, so it is shown without a stack. */
export class BootstrapFailure extends Error {
  /**
   * @param {string} what what could not be done, one line
   * @param {{command?: string, cause?: string, cure: string, exitCode?: number}} detail
   */
  constructor(what, detail) {
    const lines = [`heliosiq: ${what}`];
    if (detail.command) lines.push(`  command: ${detail.command}`);
    if (detail.cause) lines.push(`  cause:   ${detail.cause.split('\n').join('\n           ')}`);
    lines.push(`  cure:    ${detail.cure}`);
    super(lines.join('\n'));
    this.name = 'BootstrapFailure';
    this.exitCode = detail.exitCode || 1;
  }
}
