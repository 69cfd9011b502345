/** Settings of the nodes as the options of one session; outputs are added when it is opened. */
import type { ServerOptions, SessionOptions, WorkflowOptions } from '../../src/index';
import { present } from './present';
import type { SessionSettings } from './session-settings';
import type { ResolvedSource } from './stream-settings';
import type { WantedOutputs } from './wanted-outputs';

/** Everything but the outputs, which follow the wires. */
export type BaseOptions = Omit<SessionOptions, keyof WantedOutputs>;

/** What is known once a stream is to start. */
export interface SessionParts {
  name: string;
  settings: SessionSettings;
  server: ServerOptions;
  source: ResolvedSource;
  workflow: WorkflowOptions;
  /** Of the workflow, by name. */
  parameters: Record<string, unknown> | undefined;
  statsIntervalMs: number | undefined;
  /** The session node's path, or the one of settings.js. */
  ffmpegPath: string | undefined;
}

export function sessionOptions(parts: SessionParts): BaseOptions {
  const { name, settings, server, source, workflow, parameters, statsIntervalMs, ffmpegPath } = parts;
  return {
    name,
    server,
    workflow,
    source: source.source,
    network: settings.network,
    recovery: { enabled: settings.reconnect },
    rollover: settings.rollover,
    ...present('realtimeProcessing', source.realtimeProcessing),
    ...present('imageInputName', settings.imageInputName),
    ...present('workflowParameters', parameters),
    ...present('disableSinks', settings.disableSinks),
    ...present('declaredFps', settings.declaredFps),
    ...present('processingTimeoutS', settings.processingTimeoutS),
    ...present('requestedPlan', settings.requestedPlan),
    ...present('requestedRegion', settings.requestedRegion),
    ...present('statsIntervalMs', statsIntervalMs),
    ...present('ffmpegPath', ffmpegPath),
  };
}
