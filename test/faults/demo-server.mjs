// The demo server in a process of its own, to be killed and stopped: `node demo-server.mjs LIBRARY OPTIONS`, those of
// `acquireDemoServer` as JSON; tells its URL.
import { createRequire } from 'node:module';

const [, , library, options] = process.argv;
const { acquireDemoServer } = createRequire(import.meta.url)(library);
const { url } = await acquireDemoServer(JSON.parse(options));
process.stdout.write(`${url}\n`);
process.stdin.resume().on('end', () => process.exit(0));
