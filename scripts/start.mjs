// npm start: Node-RED with the getting-started flow on the built-in demo server.
// npm start -- --check [--source FILE]: the same without an editor, judged by what comes out of the real nodes.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureFfmpeg } from './ensure-ffmpeg.mjs';
import { bootNodeRed, root } from './node-red-host.mjs';

const HELP = `Usage: npm start -- [options]

  --port N            port of the editor (default 1880; another one if it is taken)
  --check             no editor: run 100 frames through the nodes, print one JSON line, exit 0 or 1
  --source FILE       with --check: a video file or camera address instead of the test pattern
  --install-ffmpeg    install FFmpeg with apt if it is missing (needs root)
  --help
`;

function options() {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '1880' },
      check: { type: 'boolean', default: false },
      source: { type: 'string' },
      'install-ffmpeg': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return values;
}

function build() {
  const result = spawnSync(process.execPath, [path.join(root, 'scripts/build.mjs')], { stdio: 'inherit' });
  if (result.status !== 0) throw new Error('The build failed: see above.');
}

async function edit(port) {
  const userDir = path.join(root, '.node-red');
  mkdirSync(userDir, { recursive: true });
  const flowFile = path.join(userDir, 'flows.json');
  if (!existsSync(flowFile)) copyFileSync(path.join(root, 'examples/getting-started.json'), flowFile);
  const host = await bootNodeRed({ userDir, port, settings: { flowFile: 'flows.json' } });
  console.log(`
Node-RED runs at ${host.url}
  The "Getting started" flow is deployed: a test pattern goes to the built-in demo server, boxes come back.
  See the picture with its boxes at ${host.url}live
  Open the debug sidebar (the bug icon) to see the data; the counter is under its node on the canvas.
  Your changes are kept in ${path.relative(process.cwd(), userDir) || userDir}/ ; stop with Ctrl-C.
`);
  const stop = () =>
    host.stop().then(
      () => process.exit(0),
      () => process.exit(1),
    );
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
}

async function main() {
  const { port, check, source, help, 'install-ffmpeg': install } = options();
  if (help) return console.log(HELP);
  build();
  const ffmpeg = await ensureFfmpeg({ install });
  console.error(`FFmpeg ${ffmpeg.version} (${ffmpeg.path})`);
  if (!check) return edit(Number(port));
  const { runCheck } = await import('./check.mjs');
  const { passed, report } = await runCheck({ source });
  console.log(JSON.stringify(report));
  process.exit(passed ? 0 : 1);
}

main().catch((error) => {
  console.error(error.message);
  process.exit(1);
});
