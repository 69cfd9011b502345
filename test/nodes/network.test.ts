import { request as httpRequest } from 'node:http';
import { createServer } from 'node:https';
import { createRequire } from 'node:module';
import path from 'node:path';
import { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type * as Library from '../../src/index';
import { coturnMissing, startTurnServer, TURN_USER } from '../integration/peer/turn-server';
import { basic, tunnelTo } from '../unit/signalling/connect-proxy';
import { answering, listen } from '../unit/signalling/http-server';
import {
  CA,
  CLIENT_CERTIFICATE,
  CLIENT_KEY,
  CLIENT_PASSPHRASE,
  SERVER_CERTIFICATE,
  SERVER_KEY,
} from '../unit/signalling/private-authority';
import { demoFlow, helper, inbox, load, serveFlows } from './test-helper';

const library = createRequire(import.meta.url)(
  path.resolve(import.meta.dirname, '../../dist/src/index.js'),
) as typeof Library;

/** Both ends stay on this machine. */
const LOCAL = { interfaces: '127.0.0.1' };

const cleanUps = serveFlows();

async function demoServer(): Promise<string> {
  const lease = await library.acquireDemoServer();
  cleanUps.push(() => lease.release());
  return lease.url;
}

/** The demo server behind TLS of a private authority; only clients with a certificate of it may enter. */
async function secureServer() {
  const demo = new URL(await demoServer());
  const clients: (string | undefined)[] = [];
  const options = { cert: SERVER_CERTIFICATE, key: SERVER_KEY, ca: CA, requestCert: true, rejectUnauthorized: true };
  const server = createServer(options, (incoming, outgoing) => {
    const { method, url, socket } = incoming;
    const headers = { ...incoming.headers, host: demo.host };
    clients.push(socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.subject : undefined);
    const onward = httpRequest({ host: demo.hostname, port: demo.port, method, path: url, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 500, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  });
  const listening = await listen(server);
  cleanUps.push(() => listening.close());
  return { port: listening.port, clients };
}

const tlsNode = { id: 'tls', type: 'tls-config', name: '', cert: '', key: '', ca: '', verifyservercert: true };
const tlsCredentials = {
  cadata: CA,
  certdata: CLIENT_CERTIFICATE,
  keydata: CLIENT_KEY,
  passphrase: CLIENT_PASSPHRASE,
};

describe('a session node with Node-RED’s own tls-config and http proxy', () => {
  it('streams over a server of a private authority that wants a certificate', async () => {
    const { port, clients } = await secureServer();
    const session = { server: 'own', url: `https://localhost:${port}`, tls: 'tls', ...LOCAL };
    await load([...demoFlow({}, [], session), tlsNode], { tls: tlsCredentials });
    await inbox('states').state('live');
    expect(new Set(clients)).toEqual(new Set(['CN=camera client']));
  });

  it('says that the authority is missing', async () => {
    const { port } = await secureServer();
    const session = { server: 'own', url: `https://localhost:${port}`, ...LOCAL };
    await load(demoFlow({}, [], session));
    const { error } = await inbox('errors').error('SERVER_UNREACHABLE');
    expect((error as Error).message).toMatch(/certificate is not trusted/);
  });

  it('goes through the proxy, by a name that only the proxy knows', async () => {
    const { port } = await secureServer();
    const proxy = await tunnelTo(port);
    cleanUps.push(() => proxy.close());
    const session = { server: 'own', url: 'https://inference.test', tls: 'tls', proxy: 'proxy', ...LOCAL };
    const proxyNode = { id: 'proxy', type: 'http proxy', name: '', url: proxy.url, noproxy: [] };
    await load([...demoFlow({}, [], session), tlsNode, proxyNode], {
      tls: tlsCredentials,
      proxy: { username: 'me', password: 'word' },
    });
    await inbox('states').state('live');
    expect(proxy.asked[0]).toEqual({ host: 'inference.test:443', login: basic('me', 'word') });
  });

  it('tells that a TLS configuration cannot read its files', async () => {
    const broken = { ...tlsNode, ca: '/no/such/authority.pem' };
    await load([...demoFlow({}, [], { server: 'own', url: 'https://localhost', tls: 'tls' }), broken]);
    const { error } = await inbox('errors').error('INVALID_OPTION');
    expect((error as Error).message).toMatch(/"tls" refers to a TLS configuration that cannot be used/);
  });
});

describe('a session node with a TURN server', () => {
  it.skipIf(coturnMissing)('streams over it alone', async () => {
    const turn = await startTurnServer();
    cleanUps.push(() => turn.stop());
    const session = { server: 'own', url: await demoServer(), icePolicy: 'relay' };
    const network = { iceUrls: `${turn.urls.udp}, ${turn.urls.tcp}`, iceUsername: TURN_USER.username };
    await load(demoFlow({}, [], { ...session, ...network }), { session: { turnCredential: TURN_USER.credential } });
    await inbox('states').state('live');
    expect(turn.log()).toMatch(/CHANNEL_BIND processed, success/);
    const heard = JSON.stringify([inbox('states').messages, inbox('errors').messages]);
    expect(heard).not.toContain(TURN_USER.credential);
  });

  it('asks the platform of settings.js for one, with the key', async () => {
    const platform = await answering({ status: 403, body: {} });
    cleanUps.push(() => platform.close());
    helper.settings({ webrtcSessionPlatformUrl: platform.url });
    const session = { server: 'own', url: await demoServer(), turnLookup: 'always', ...LOCAL };
    await load(demoFlow({}, [], session), { session: { apiKey: 'rf_planted' } });
    await inbox('states').state('live');
    helper.settings({});
    expect(platform.requests.map(({ url }) => url)).toEqual(['/webrtc_turn_config?api_key=rf_planted']);
  });
});
