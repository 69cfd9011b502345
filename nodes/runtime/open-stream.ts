/** Binds the runner of a `webrtc-stream` node to the real session class and the real demo server. */
import { acquireDemoServer, WebRTCSession } from '../../src/index';
import type { ServerOptions, SessionOptions } from '../../src/index';
import { present } from './present';
import type { RuntimeSettings, SessionService } from './session-service';
import { resolveSessionTexts } from './session-texts';
import type { SessionSettings } from './session-settings';
import { sessionOptions } from './session-options';
import type { SessionLike } from './session-like';
import type { PreparedSession } from './running-session';
import { resolveSource } from './stream-settings';
import type { StreamSettings } from './stream-settings';
import type { FlowScope } from './flow-value';
import { resolveWorkflow } from './workflow-choice';
import { resolveParameters } from './workflow-parameters';

/** Everything a session needs but its outputs. Rejects with what is wrong with the settings, or with the demo. */
export async function prepareSession(
  stream: StreamSettings,
  service: SessionService,
  scope: FlowScope,
): Promise<PreparedSession> {
  const settings = await resolveSessionTexts(service.settings(), scope);
  const source = await resolveSource(stream.source, scope);
  const workflow = await resolveWorkflow(settings.workflow, scope);
  const parameters = settings.parameters && (await resolveParameters(settings.parameters, scope));
  const ffmpegPath = settings.ffmpegPath ?? service.runtime.ffmpegPath;
  const { server, release } = await reachServer(settings, { ...service.runtime, ...present('ffmpegPath', ffmpegPath) });
  const { name, statsIntervalMs } = stream;
  const options = sessionOptions({
    ...{ name, settings, server, workflow, parameters, statsIntervalMs, ffmpegPath },
    source:
      stream.batch === true && source.source.kind !== 'upload' ? { ...source, realtimeProcessing: false } : source,
  });
  return { options, release };
}

/** A session where the settings want it to run. */
export function openSession(service: SessionService, options: SessionOptions): SessionLike {
  const { thread } = service.settings();
  return new WebRTCSession(options, { thread, ...present('maxThreads', service.runtime.maxThreads) });
}

/** Starts the built-in demo where it is the server. `release` never rejects; call it when the server is done with. */
export async function reachServer(
  { server }: Pick<SessionSettings, 'server'>,
  { ffmpegPath, platformUrl }: RuntimeSettings,
): Promise<{ server: ServerOptions; release: () => Promise<void> }> {
  if (server.kind !== 'demo') {
    const { url, apiKey, apiKeyTransport } = server;
    const key = { ...present('apiKey', apiKey), ...present('apiKeyTransport', apiKeyTransport) };
    return {
      server: { url, ...key, ...present('platformUrl', platformUrl) },
      release: () => Promise.resolve(),
    };
  }
  const lease = await acquireDemoServer({ ...present('ffmpegPath', ffmpegPath) });
  // It also answers for the platform, for the models that it has.
  return { server: { url: lease.url, platformUrl: lease.url, loopbackOnly: true }, release: () => lease.release() };
}
