// A real Node-RED in this process with this package installed in a user directory: for `npm start` and its check.
import { once } from 'node:events';
import { existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { createRequire } from 'node:module';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '..');
const require = createRequire(import.meta.url);

/** The package as Node-RED finds it: installed into the user directory, here by a link to the clone. */
export function linkPackage(userDir) {
  const { name } = require(path.join(root, 'package.json'));
  const link = path.join(userDir, 'node_modules', name);
  mkdirSync(path.dirname(link), { recursive: true });
  rmSync(link, { recursive: true, force: true });
  symlinkSync(root, link, 'junction');
  const manifest = path.join(userDir, 'package.json');
  if (!existsSync(manifest)) writeFileSync(manifest, '{ "name": "flows", "private": true }\n');
}

/** Listens on 127.0.0.1: the wanted port, or any when that is taken. */
async function listen(server, port) {
  for (const candidate of [port, 0]) {
    try {
      server.listen(candidate, '127.0.0.1');
      await once(server, 'listening');
      return server.address().port;
    } catch (error) {
      if (error.code !== 'EADDRINUSE' || candidate === 0) throw error;
    }
  }
  return undefined;
}

/**
 * Boots Node-RED. `settings` are those of settings.js. Resolves with { RED, url, port, stop() } once flows run.
 */
export async function bootNodeRed({ userDir, port, settings = {} }) {
  mkdirSync(userDir, { recursive: true });
  linkPackage(userDir);
  const RED = require('node-red');
  const express = createRequire(require.resolve('node-red'))('express');
  const app = express();
  const server = http.createServer(app);
  const listening = await listen(server, port);
  RED.init(server, {
    userDir,
    uiHost: '127.0.0.1',
    uiPort: listening,
    httpAdminRoot: '/',
    httpNodeRoot: '/',
    editorTheme: { tours: false },
    telemetry: { enabled: false, updateNotification: false },
    logging: { console: { level: 'info', metrics: false, audit: false } },
    ...settings,
  });
  app.use('/', RED.httpAdmin);
  app.use('/', RED.httpNode);
  const started = new Promise((resolve) => RED.events.once('flows:started', resolve));
  await RED.start();
  await started;
  return {
    RED,
    port: listening,
    url: `http://127.0.0.1:${listening}/`,
    async stop() {
      await RED.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
