/**
 * A process that owns an embedded server, to be killed, or left to end in its own way:
 *   node embedded-holder.js '{"options": EmbeddedOptions, "thenExit": boolean}'
 * Prints one line of JSON (`url` and `log`, or `message` and `help`), then stays until its stdin ends, and stops the server.
 */
import { once } from 'node:events';
import { startEmbedded } from '../../../src/embedded/embedded.ts';
import { EmbeddedServerError } from '../../../src/errors.ts';

const { options, thenExit } = JSON.parse(process.argv[2] ?? '{}');
const log: string[] = [];
try {
  const server = await startEmbedded({ ...options, log: (line) => log.push(line) });
  process.stdout.write(`${JSON.stringify({ url: server.url, log })}\n`);
  if (thenExit) process.exit();
  await once(process.stdin.resume(), 'end');
  await server.stop();
} catch (error) {
  if (!(error instanceof EmbeddedServerError)) throw error;
  process.stdout.write(`${JSON.stringify({ message: error.message, help: error.help, log })}\n`);
}
