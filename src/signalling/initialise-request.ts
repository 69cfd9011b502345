/**
 * The body and headers of `POST /initialise_webrtc_worker` (protocol.md A.1-A.3). What is left out stays out of the
 * body, so that the server's default holds. Refuses what the server would answer with a bare 500.
 */
import { SessionError } from '../errors';

/** What the server runs on each frame (protocol.md A.2). */
export type RequestedWorkflow =
  | { kind: 'saved'; workspaceName: string; workflowId: string; workflowVersionId?: string }
  | { kind: 'specification'; specification: Record<string, unknown> };

/** An ICE server for the server's side. */
export interface RequestedIceServer {
  urls: string | string[];
  username?: string;
  credential?: string;
}

/** Everything that the protocol lets a client ask for. */
export interface InitialiseRequest {
  /** The complete offer: all candidates gathered. */
  offerSdp: string;
  workflow: RequestedWorkflow;
  /** null lets the server detect an output, [] asks for no video. */
  streamOutput?: string[] | null;
  dataOutput?: string[] | null;
  imageInputName?: string;
  videoMetadataInputName?: string;
  workflowParameters?: Record<string, unknown>;
  workflowThreads?: number;
  executionEngineThreads?: number;
  cancelThreadPoolTasksOnExit?: boolean;
  /** Dry run: no notifications, no uploads. */
  disableSinks?: boolean;
  iceServers?: RequestedIceServer[];
  /** Legacy, overrides `iceServers` on the server. */
  turnServer?: { urls: string; username: string; credential: string };
  realtimeProcessing?: boolean;
  declaredFps?: number;
  /** The server pulls the stream itself. */
  rtspUrl?: string;
  mjpegUrl?: string;
  /** Seconds; null = no limit. */
  processingTimeoutS?: number | null;
  requestedPlan?: string;
  requestedGpu?: string;
  requestedRegion?: string;
  isPreview?: boolean;
  videoFileUpload?: boolean;
  manualMode?: boolean;
}

/** The key and how it travels (protocol.md A.3). */
export interface RequestKey {
  apiKey?: string;
  apiKeyTransport?: 'legacy' | 'both' | 'header';
}

/** What goes over the wire. */
export interface EncodedRequest {
  headers: Record<string, string>;
  body: string;
  /** Texts that no message may show: the key, TURN credentials, URLs that may hold a password. */
  secrets: string[];
}

/** Throws INVALID_OPTION before anything is sent. */
export function initialiseRequest(request: InitialiseRequest, key: RequestKey = {}): EncodedRequest {
  check(request);
  return { ...keyedRequest(fields(request), key), secrets: secretsOf(request, key) };
}

/** A JSON request with the key where its transport puts it; undefined fields are left out. */
export function keyedRequest(
  body: Record<string, unknown>,
  key: RequestKey,
): { headers: Record<string, string>; body: string } {
  return {
    headers: { 'content-type': 'application/json', accept: 'application/json', ...authorization(key) },
    body: JSON.stringify({ api_key: key.apiKeyTransport === 'header' ? undefined : key.apiKey, ...body }),
  };
}

/** The header form of a key, empty where it does not travel by header. */
export function authorization(key: RequestKey): Record<string, string> {
  const inHeader = key.apiKey !== undefined && (key.apiKeyTransport ?? 'legacy') !== 'legacy';
  return inHeader ? { authorization: `Bearer ${key.apiKey}` } : {};
}

function fields(request: InitialiseRequest): Record<string, unknown> {
  return {
    workflow_configuration: workflowConfiguration(request),
    webrtc_offer: { type: 'offer', sdp: request.offerSdp },
    webrtc_config: request.iceServers === undefined ? undefined : { iceServers: request.iceServers },
    webrtc_turn_config: request.turnServer,
    webrtc_realtime_processing: request.realtimeProcessing,
    stream_output: request.streamOutput,
    data_output: request.dataOutput,
    declared_fps: request.declaredFps,
    rtsp_url: request.rtspUrl,
    mjpeg_url: request.mjpegUrl,
    processing_timeout: request.processingTimeoutS,
    requested_plan: request.requestedPlan,
    requested_gpu: request.requestedGpu,
    requested_region: request.requestedRegion,
    is_preview: request.isPreview,
    video_file_upload: request.videoFileUpload,
    manual_mode: request.manualMode,
  };
}

function workflowConfiguration(request: InitialiseRequest): Record<string, unknown> {
  const { workflow } = request;
  return {
    type: 'WorkflowConfiguration',
    ...(workflow.kind === 'saved'
      ? {
          workspace_name: workflow.workspaceName,
          workflow_id: workflow.workflowId,
          workflow_version_id: workflow.workflowVersionId,
        }
      : { workflow_specification: workflow.specification }),
    image_input_name: request.imageInputName,
    workflows_parameters: request.workflowParameters,
    video_metadata_input_name: request.videoMetadataInputName,
    workflows_thread_pool_workers: request.workflowThreads,
    execution_engine_thread_pool_workers: request.executionEngineThreads,
    cancel_thread_pool_tasks_on_exit: request.cancelThreadPoolTasksOnExit,
    disable_sinks: request.disableSinks,
  };
}

function check(request: InitialiseRequest): void {
  const { workflow, processingTimeoutS: timeout, declaredFps } = request;
  if (workflow.kind === 'saved' && (workflow.workspaceName === '' || workflow.workflowId === '')) {
    throw invalid('The workflow is not named: give the workspace and the id of the workflow, or a specification.');
  }
  if (workflow.kind === 'specification' && Object.keys(workflow.specification).length === 0) {
    throw invalid('The workflow specification is empty: paste the JSON of a workflow, or name a saved one.');
  }
  if (typeof timeout === 'number' && !(Number.isSafeInteger(timeout) && timeout > 0)) {
    throw invalid(`The time limit ${timeout} cannot be used: give whole seconds above 0, or null for no limit.`);
  }
  if (declaredFps !== undefined && !(Number.isFinite(declaredFps) && declaredFps > 0)) {
    throw invalid(`The frame rate ${declaredFps} cannot be used: give frames per second above 0.`);
  }
  checkScheme(request.rtspUrl, ['rtsp:', 'rtsps:']);
  checkScheme(request.mjpegUrl, ['http:', 'https:']);
}

function checkScheme(url: string | undefined, schemes: readonly string[]): void {
  if (url === undefined) return;
  const scheme = URL.canParse(url) ? new URL(url).protocol : undefined;
  if (scheme !== undefined && schemes.includes(scheme)) return;
  const wanted = schemes.map((one) => `${one}//`).join(' or ');
  throw invalid(`The address that the server should open must start with ${wanted}.`);
}

function secretsOf(request: InitialiseRequest, key: RequestKey): string[] {
  const { iceServers = [], turnServer, rtspUrl, mjpegUrl } = request;
  const passwords = [rtspUrl, mjpegUrl].flatMap((url) =>
    url !== undefined && URL.canParse(url) ? passwordForms(new URL(url).password) : [],
  );
  const all = [key.apiKey, turnServer?.credential, ...iceServers.map(({ credential }) => credential), ...passwords];
  return all.flatMap((secret) => (secret === undefined || secret === '' ? [] : [secret]));
}

/** As it stands in the URL, and as it is meant. */
function passwordForms(password: string): string[] {
  try {
    return [password, decodeURIComponent(password)];
  } catch {
    return [password];
  }
}

function invalid(message: string): SessionError {
  return new SessionError('INVALID_OPTION', message);
}
