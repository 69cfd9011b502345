// The demo server in a process of its own, so that its memory and its death are not Node-RED's. First argument: port
// (any when left out), second: faults as JSON. Tells its parent the address; ends with its parent.
import { createRequire } from 'node:module';
import path from 'node:path';

const { acquireDemoServer } = createRequire(import.meta.url)(path.resolve(import.meta.dirname, '../dist/src/index.js'));
const [, , port = '0', faults = '{}'] = process.argv;
const { url } = await acquireDemoServer({ port: Number(port), faults: JSON.parse(faults) });
process.on('disconnect', () => process.exit(0));
process.send({ url });
