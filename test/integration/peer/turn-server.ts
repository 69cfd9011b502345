/** A real TURN server (coturn) as a child of the test, on free ports of 127.0.0.1, with one user. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort } from '../free-port';
import { CERTIFICATE, CERTIFICATE_KEY } from '../../unit/signalling/certificate';

/** Why tests with it are skipped, if they are. */
export const coturnMissing = spawnSync('turnserver', ['--version']).error !== undefined;
if (coturnMissing) console.warn('skipped: there is no coturn (apt-get install coturn)');

export const TURN_USER = { username: 'camera-7', credential: 'planted-turn-word' };
/** Trusts the server's certificate. */
export const TURN_CA = CERTIFICATE;

export interface TurnServer {
  /** By transport. */
  urls: Record<'udp' | 'tcp' | 'tls', string>;
  /** What it has logged so far. */
  log(): string;
  /** Resolves once its log matches. */
  logged(pattern: RegExp): Promise<void>;
  stop(): Promise<void>;
}

/** Resolves once it listens. */
export async function startTurnServer(): Promise<TurnServer> {
  const folder = mkdtempSync(path.join(tmpdir(), 'inference-webrtc-turn-'));
  const file = (name: string, text = ''): string => {
    writeFileSync(path.join(folder, name), text);
    return path.join(folder, name);
  };
  const [port, tlsPort] = [await freePort(), await freePort()];
  // prettier-ignore
  const args = ['-n', '--verbose', '--no-cli', '--no-dtls', '--log-file', 'stdout', '--allow-loopback-peers',
    '--listening-ip', '127.0.0.1', '--relay-ip', '127.0.0.1', '--listening-port', String(port),
    '--tls-listening-port', String(tlsPort), '--cert', file('cert.pem', CERTIFICATE),
    '--pkey', file('key.pem', CERTIFICATE_KEY), '--pidfile', file('pid'), '--userdb', path.join(folder, 'db'),
    '--lt-cred-mech', '--realm', 'test', '--user', `${TURN_USER.username}:${TURN_USER.credential}`];
  const child = spawn('turnserver', args, { stdio: ['ignore', 'pipe', 'ignore'] });
  const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let text = '';
  const waiting = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    for (const look of [...waiting]) look();
  });
  const logged = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (!pattern.test(text)) return;
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
      look();
      void ended.then(() => reject(new Error(`coturn ended without ${pattern.source}: ${text.slice(-500)}`)));
    });
  const stop = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  await logged(/DB connection success/).catch(async (thrown: unknown) => {
    await stop();
    throw thrown;
  });
  const host = '127.0.0.1';
  const urls = {
    udp: `turn:${host}:${port}`,
    tcp: `turn:${host}:${port}?transport=tcp`,
    tls: `turns:${host}:${tlsPort}`,
  };
  return { urls, log: () => text, logged, stop };
}
