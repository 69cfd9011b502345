// The demo server in a process of its own, to be killed and stopped: `node demo-server.mjs LIBRARY [port]`; tells its URL.
import { createRequire } from 'node:module';

const [, , library, port] = process.argv;
const { acquireDemoServer } = createRequire(import.meta.url)(library);
const { url } = await acquireDemoServer(port === undefined ? {} : { port: Number(port) });
process.stdout.write(`${url}\n`);
process.stdin.resume().on('end', () => process.exit(0));
