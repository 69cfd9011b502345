/** Settings of the nodes as the options of one session; outputs are added when it is opened. */
import { DEMO_WORKFLOW_SPECIFICATION } from '../../src/index';
import type { ServerOptions, SessionOptions, WorkflowOptions } from '../../src/index';
import { present } from './present';
import type { SessionSettings, WorkflowSettings } from './session-settings';
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
  /** The session node's path, or the one of settings.js. */
  ffmpegPath: string | undefined;
}

export function sessionOptions(parts: SessionParts): BaseOptions {
  const { name, settings, server, source, ffmpegPath } = parts;
  return {
    name,
    server,
    workflow: workflowOptions(settings.workflow),
    source: source.source,
    network: settings.network,
    recovery: { enabled: settings.reconnect },
    ...present('realtimeProcessing', source.realtimeProcessing),
    ...present('imageInputName', settings.imageInputName),
    ...present('workflowParameters', settings.workflowParameters),
    ...present('declaredFps', settings.declaredFps),
    ...present('processingTimeoutS', settings.processingTimeoutS),
    ...present('requestedPlan', settings.requestedPlan),
    ...present('requestedRegion', settings.requestedRegion),
    ...present('ffmpegPath', ffmpegPath),
  };
}

function workflowOptions(workflow: WorkflowSettings): WorkflowOptions {
  if (workflow.kind !== 'motion') return workflow;
  return { kind: 'specification', specification: DEMO_WORKFLOW_SPECIFICATION };
}
