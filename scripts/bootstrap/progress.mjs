const spinnerFrames = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const spinnerIntervalMs = 100;
const reminderIntervalMs = 10_000;

function secondsSince(startedAtMs) {
  return `${((Date.now() - startedAtMs) / 1000).toFixed(1)} s`;
}

/**
 * Runs one slow step and shows it on standard error: a spinner on a terminal, elsewhere one line when it is done and a
 * reminder every ten seconds. Standard output stays free for the program's own data.
 * @template T
 * @param {{doing: string, done: string}} words present and past form, for example "installing packages"
 * @param {() => Promise<T>} work
 * @param {NodeJS.WriteStream} [stream]
 * @returns {Promise<T>}
 */
export async function showProgress(words, work, stream = process.stderr) {
  const startedAtMs = Date.now();
  const isTerminal = Boolean(stream.isTTY);
  let frame = 0;
  const timer = setInterval(
    () => {
      if (isTerminal) {
        frame = (frame + 1) % spinnerFrames.length;
        stream.write(`\r\x1b[2K${spinnerFrames[frame]} ${words.doing} ${secondsSince(startedAtMs)}`);
      } else {
        stream.write(`heliosiq: ${words.doing}, ${secondsSince(startedAtMs)}\n`);
      }
    },
    isTerminal ? spinnerIntervalMs : reminderIntervalMs,
  );
  try {
    const result = await work();
    stream.write(`${isTerminal ? '\r\x1b[2K✔ ' : 'heliosiq: '}${words.done} (${secondsSince(startedAtMs)})\n`);
    return result;
  } catch (error) {
    if (isTerminal) stream.write('\r\x1b[2K');
    throw error;
  } finally {
    clearInterval(timer);
  }
}
