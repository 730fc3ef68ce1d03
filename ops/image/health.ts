/** Is the server in this container well? Exit code 0 when the portal answers a question that it must ask its database. */
import { request } from 'node:https';
import { readConfig, type Config } from '../../server/config.ts';

const TIMEOUT_MS = 4000;
const ANY_ADDRESS: Readonly<Record<string, string>> = { '::': '127.0.0.1', '0.0.0.0': '127.0.0.1' };

function ask({ bind, port }: Config): Promise<number | undefined> {
  const host = ANY_ADDRESS[bind] ?? bind;
  // Whose certificate it is does not matter here: the listener is found by its address in this very container.
  const options = { host, port, path: '/api/organisation', timeout: TIMEOUT_MS, rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const asked = request(options, (answer) => {
      answer.resume();
      answer.on('end', () => resolve(answer.statusCode));
    });
    asked.on('timeout', () => asked.destroy(new Error(`no answer within ${TIMEOUT_MS} ms`)));
    asked.on('error', reject);
    asked.end();
  });
}

try {
  const status = await ask(readConfig(process.env));
  console.log(`the portal answers ${status}`);
  process.exitCode = status === 200 ? 0 : 1;
} catch (error) {
  console.log(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
