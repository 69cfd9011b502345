/** Session options -> the request that starts a session, and the direction of the offer's video line. */
import { SessionError } from '../errors';
import { isRecord } from '../json';
import type { HttpRoute } from '../signalling/dispatcher';
import type { InitialiseRequest, RequestedWorkflow } from '../signalling/initialise-request';
import { MODEL_IMAGE, MODEL_PREDICTIONS } from '../signalling/model-specification';
import { proxyFor } from '../signalling/proxy';
import type { IceRules, PeerOptions } from '../peer/peer';
import type { PictureFormat } from '../media/video';
import { isPulled, parsePulledAddress } from '../source/pulled-address';
import type { SourceSpec } from '../source/spec';
import type { IceServerOptions, NetworkOptions, PictureOptions } from './options';
import type { SessionOptions, WorkflowOptions } from './options';

/** True when processed pictures are asked for, on whatever way. */
export function wantsPictures({ streamOutput = [] }: SessionOptions): boolean {
  return streamOutput === null || streamOutput.some((name) => name !== '');
}

/** True when processed pictures come back on a video track. */
export function wantsVideoTrack(options: SessionOptions): boolean {
  if (options.source.kind === 'upload' && options.source.frames !== 'video') return false;
  return wantsPictures(options);
}

/**
 * Direction of the one video line. A server that was asked for video but finds no receiving line processes nothing
 * (protocol.md C.2), so what is offered follows what is asked.
 */
export function videoDirection(options: SessionOptions): PeerOptions['video'] {
  const receives = wantsVideoTrack(options);
  // A server that pulls a camera and is offered video as well starts a second task (protocol.md C.1).
  const sends = options.source.kind !== 'upload' && !isPulled(options.source);
  if (!sends) return receives ? 'recvonly' : 'none';
  return receives ? 'sendrecv' : 'sendonly';
}

/** Live sources prefer the newest frame, files want every frame (protocol.md C.1). */
export function isRealtime(options: SessionOptions): boolean {
  return options.realtimeProcessing ?? options.source.kind !== 'upload';
}

/** Whether, and by whom, frames are acknowledged: only a server that processes every frame waits for it. */
export function acknowledgement(options: SessionOptions): 'never' | 'auto' | 'manual' {
  return isRealtime(options) ? 'never' : (options.acknowledge ?? 'auto');
}

/** Names whose pictures come inside data messages instead of on a track (file mode, protocol.md C.1). */
export function dataFrameNames(options: SessionOptions): string[] {
  if (options.source.kind !== 'upload' || options.source.frames === 'video') return [];
  return (options.streamOutput ?? []).filter((name) => name !== '');
}

/** More would not leave a timestamp enough room to say which are wanted. */
const MAX_PICTURES = 12;

/** What is made of frames. Throws INVALID_OPTION. */
export function picturesOf({ pictures, frameFormats = ['jpeg'], jpegQuality }: SessionOptions): PictureOptions[] {
  const every = (format: PictureFormat): PictureOptions => ({
    id: format,
    format,
    jpegQuality,
    paces: [{ kind: 'every' }],
  });
  const all = pictures ?? frameFormats.map(every);
  if (all.length <= MAX_PICTURES && new Set(all.map(({ id }) => id)).size === all.length) return all;
  throw new SessionError(
    'INVALID_OPTION',
    `A session makes up to ${MAX_PICTURES} kinds of picture, each with an id of its own: use fewer formats and sizes.`,
  );
}

/** Ids of the pictures that are made of every frame. */
export function picturesOfEveryFrame(options: SessionOptions): string[] {
  if (!wantsPictures(options)) return [];
  const every = picturesOf(options).filter(({ paces }) => paces.some(({ kind }) => kind === 'every'));
  return every.map(({ id }) => id);
}

/** Live video always passes through FFmpeg; of a file only pictures that come in another format than asked for. */
export function needsFfmpeg(options: SessionOptions): boolean {
  const pictures = picturesOf(options).filter(({ paces }) => paces.length > 0);
  if (options.source.kind !== 'upload' || (wantsVideoTrack(options) && pictures.length > 0)) return true;
  return (
    dataFrameNames(options).length > 0 && pictures.some(({ format, fit }) => format !== 'jpeg' || fit !== undefined)
  );
}

/**
 * The fields to ask for. In file mode the pictures travel as fields too. `*` means "all but top-level pictures" and
 * must stand alone (protocol.md C.2), so beside pictures it is spelled out, which only an inline workflow allows.
 */
export function requestedData(options: SessionOptions): string[] {
  const asked = options.dataOutput ?? ['*'];
  const pictures = dataFrameNames(options);
  if (pictures.length === 0) return asked;
  if (!asked.includes('*')) return [...new Set([...asked, ...pictures])];
  const names = knownOutputs(options.workflow) ?? [];
  if (names.length > 0) return names;
  throw new SessionError(
    'INVALID_OPTION',
    'All outputs together with pictures in data messages cannot be asked of a saved workflow: name the fields in ' +
      'on-data, or let the upload return its frames as video.',
  );
}

/** How a URL is reached over HTTP. A session that stays on 127.0.0.1 knows no proxy. */
export function httpRoute(
  url: string,
  { server, network = {} }: Pick<SessionOptions, 'server' | 'network'>,
): HttpRoute {
  const proxyUrl = server.loopbackOnly === true ? undefined : proxyFor(url, network.proxy, process.env);
  return { ...network.tls, ...(proxyUrl === undefined ? {} : { proxyUrl }) };
}

/** Which ways the connection may take. */
export function iceRules(network: NetworkOptions = {}): IceRules {
  const { icePolicy, udpPorts, ipv6, interfaces, tls: { caPem, verify } = {} } = network;
  return {
    ...(icePolicy === undefined ? {} : { policy: icePolicy }),
    ...(udpPorts === undefined ? {} : { ports: udpPorts }),
    ...(ipv6 === undefined ? {} : { ipv6 }),
    ...(interfaces === undefined ? {} : { interfaces }),
    tls: { ...(caPem === undefined ? {} : { caPem }), ...(verify === undefined ? {} : { verify }) },
  };
}

/** Every output of a workflow that is described here; `undefined` for a saved one, which only the server knows. */
export function knownOutputs(workflow: WorkflowOptions): string[] | undefined {
  switch (workflow.kind) {
    case 'saved':
      return undefined;
    case 'specification':
      return outputNames(workflow.specification);
    case 'model':
      return [MODEL_PREDICTIONS, MODEL_IMAGE];
  }
}

function outputNames(specification: Record<string, unknown>): string[] {
  const outputs: unknown = specification['outputs'];
  if (!Array.isArray(outputs)) return [];
  return outputs.flatMap((output: unknown) => {
    const name = isRecord(output) ? output['name'] : undefined;
    return typeof name === 'string' ? [name] : [];
  });
}

/** A webcam says itself how fast it is, which wins over what is set (protocol.md F). */
export function withDeviceFps(options: SessionOptions, fps: number | null | undefined): SessionOptions {
  if (options.source.kind !== 'webcam' || fps === null || fps === undefined || fps <= 0) return options;
  return { ...options, declaredFps: fps };
}

/** The whole request but for the key, which the signalling client adds by its transport. */
export function initialiseRequestOf(
  options: SessionOptions,
  found: { offerSdp: string; workflow: RequestedWorkflow; iceServers?: IceServerOptions[] | undefined },
): InitialiseRequest {
  const { source } = options;
  const { offerSdp, workflow, iceServers } = found;
  return {
    offerSdp,
    workflow,
    streamOutput: requestedStreams(options),
    dataOutput: requestedData(options),
    realtimeProcessing: isRealtime(options),
    ...(options.imageInputName === undefined ? {} : { imageInputName: options.imageInputName }),
    ...(options.workflowParameters === undefined ? {} : { workflowParameters: options.workflowParameters }),
    ...(options.disableSinks === undefined ? {} : { disableSinks: options.disableSinks }),
    ...declaredFps(options),
    ...(options.processingTimeoutS === undefined ? {} : { processingTimeoutS: options.processingTimeoutS }),
    ...(options.requestedPlan === undefined ? {} : { requestedPlan: options.requestedPlan }),
    ...(options.requestedRegion === undefined ? {} : { requestedRegion: options.requestedRegion }),
    ...(iceServers === undefined ? {} : { iceServers }),
    ...sourceFields(source),
  };
}

function declaredFps({ declaredFps, source }: SessionOptions): Partial<InitialiseRequest> {
  const fps = declaredFps ?? (source.kind === 'frames' ? source.fps : undefined);
  return fps === undefined ? {} : { declaredFps: fps };
}

function sourceFields(source: SourceSpec): Partial<InitialiseRequest> {
  switch (source.kind) {
    case 'upload':
      return { videoFileUpload: true };
    case 'server-rtsp':
      return { rtspUrl: parsePulledAddress(source).url };
    case 'server-mjpeg':
      return { mjpegUrl: parsePulledAddress(source).url };
    case 'frames':
      return { manualMode: true };
    case 'test-pattern':
    case 'stream':
    case 'webcam':
      return {};
  }
}

/** null asks the server to detect the picture output; left out means no video. */
function requestedStreams(options: SessionOptions): string[] | null {
  if (dataFrameNames(options).length > 0) return [];
  return options.streamOutput === undefined ? [] : options.streamOutput;
}
