/** What a session is asked to do: plain JSON, so that it crosses to a worker thread as it is. */
import type { PictureFormat, PictureShape } from '../media/video';
import type { TlsRoute } from '../signalling/dispatcher';
import type { ModelTaskType } from '../signalling/model-specification';
import type { ProxyOptions } from '../signalling/proxy';
import type { SourceSpec } from '../source/spec';

/** Where the inference server is. */
export interface ServerOptions {
  /** Base URL, `http://host:9001` or `https://…`; trailing slashes are ignored. */
  url: string;
  apiKey?: string;
  /** How the key travels (protocol.md A.3). Default `legacy` (request body). */
  apiKeyTransport?: 'legacy' | 'both' | 'header';
  /** Base URL of Roboflow's platform, for look-ups. Default: the one that belongs to `url`. */
  platformUrl?: string;
  /** True for the built-in demo server and for tests: both peers stay on 127.0.0.1. */
  loopbackOnly?: boolean;
}

/** What the server runs on each frame (protocol.md A.2). */
export type WorkflowOptions =
  | { kind: 'saved'; workspaceName: string; workflowId: string; workflowVersionId?: string }
  | { kind: 'specification'; specification: Record<string, unknown> }
  | ModelWorkflow;

/**
 * One model, in a workflow made for it (protocol.md G) with the outputs `predictions` and `image`. Left out, these are
 * the session's `dataOutput` and `streamOutput`.
 */
export interface ModelWorkflow {
  kind: 'model';
  /** As Roboflow names it, or an alias: `my-project/3`, `rfdetr-nano`. */
  modelId: string;
  /** Left out: looked up on Roboflow's platform, once a session. Given: nobody is asked. */
  taskType?: ModelTaskType;
}

/** An ICE server as browsers write it. */
export interface IceServerOptions {
  urls: string | string[];
  username?: string;
  credential?: string;
}

/** Trust and identity over TLS, as text: it crosses to a worker thread. */
export type TlsOptions = TlsRoute;

export type { ProxyOptions };

/** Connection settings. */
export interface NetworkOptions {
  /** For both sides. Default none: nobody is asked. The first STUN URL and up to four TURN URLs are used. */
  iceServers?: IceServerOptions[];
  /**
   * Whether TURN servers are asked of Roboflow's platform, with the API key, for each connection: `auto` (default) for
   * servers that Roboflow runs, dedicated deployments included. Own TURN servers win: with one there is no look-up.
   */
  turnLookup?: 'auto' | 'always' | 'never';
  /** `relay`: only over TURN servers, which must be given or looked up then. Default `all`. */
  icePolicy?: 'all' | 'relay';
  /** Local UDP ports, both ends included; two for each session. Left out: the system chooses. */
  udpPorts?: { min: number; max: number };
  /** Default true. */
  ipv6?: boolean;
  /** Names or addresses of the only network interfaces to use. Left out or empty: all usual ones. */
  interfaces?: string[];
  /** For an `https` server; authorities and `verify` also hold for `turns:` servers. */
  tls?: TlsOptions;
  /**
   * HTTP proxy for signalling; video never goes through one. Left out: HTTPS_PROXY, HTTP_PROXY and NO_PROXY of the
   * environment; null: none.
   */
  proxy?: ProxyOptions | null;
  /** From the answer to an open connection. Default 20,000. */
  connectTimeoutMs?: number;
  /** For the signalling POST. Default 90,000. */
  signallingTimeoutMs?: number;
}

/** When and how often a lost session comes back. */
export interface RecoveryOptions {
  /** Default true. */
  enabled?: boolean;
  /** First pause. Default 1,000. */
  baseDelayMs?: number;
  /** Longest pause. Default 60,000. */
  maxDelayMs?: number;
  /** Nothing arrives for so long although connected: a fault. Default 30,000; 0 turns it off. */
  stallTimeoutMs?: number;
  /** The same before the first result, while a model may be loading. Default 180,000. */
  startTimeoutMs?: number;
}

/** When a picture is made. */
export type PicturePace =
  | { kind: 'every' }
  /** As often as that, at most. */
  | { kind: 'interval'; intervalMs: number }
  /** When `requestPicture` asks for it; once at the start, and of every frame while they are rare. */
  | { kind: 'request' };

/** A picture that is made of frames. */
export interface PictureOptions extends PictureShape {
  /** `FrameEvent.picture`; unique in the session. */
  id: string;
  /** It is made when any of them wants it. None: only when `requestPicture` asks, and it costs nothing until then. */
  paces: PicturePace[];
}

/** What can be changed while a session runs. */
export interface SessionChange {
  streamOutput?: string[];
  dataOutput?: string[];
  /** The same pictures with other paces; anything else about them is only heard by the next session. */
  pictures?: PictureOptions[];
}

/**
 * A live session that nears its `processingTimeoutS` is replaced by a fresh one on the same open source before it ends,
 * so that no frame is missing. On the server everything begins anew: trackers, counters, `frame_id`.
 */
export interface RolloverOptions {
  /**
   * `automatic` (default): in time before `processingTimeoutS` (an hour where it is left out; never where it is null).
   * `daily`: at `at` too. `off`: the session ends and comes back.
   */
  mode?: 'automatic' | 'daily' | 'off';
  /** `daily`: local time, `HH:MM`. */
  at?: string;
  /** How long before its end; both sessions run meanwhile. Default a quarter of the lifetime, at most 180,000. */
  leadMs?: number;
}

/** Everything a session needs. */
export interface SessionOptions {
  server: ServerOptions;
  workflow: WorkflowOptions;
  source: SourceSpec;
  /** Name shown in messages as `msg.stream`. */
  name?: string;
  /** Output streamed as video: first name wins; [] = no video wanted; null = the server detects it. Default []. */
  streamOutput?: string[] | null;
  /** Outputs sent as data: names, `['*']` for all, [] for metadata only. Default ['*']. */
  dataOutput?: string[];
  /** Formats in which frames are delivered; each asked format costs an encoder. Default ['jpeg']. */
  frameFormats?: PictureFormat[];
  /** Instead of `frameFormats` and `jpegQuality`: pictures of own sizes, each at its own pace. At most 12. */
  pictures?: PictureOptions[];
  /** For JPEGs that are made here: 2 (best) to 31. Default 4. Those inside data messages pass as the server made them. */
  jpegQuality?: number;
  imageInputName?: string;
  workflowParameters?: Record<string, unknown>;
  /** Dry run: blocks that notify, upload or store do nothing. Default false. */
  disableSinks?: boolean;
  /** Newest frame wins (true, default for live sources) or every frame is processed (false, default for uploads). */
  realtimeProcessing?: boolean;
  /** Batch mode: `manual` waits for `session.acknowledge(frame_id)`. Default `auto`: after all handlers ran. */
  acknowledge?: 'auto' | 'manual';
  declaredFps?: number;
  /** Lifetime on the server in seconds; null = no limit; left out = the server's default (an hour). */
  processingTimeoutS?: number | null;
  requestedPlan?: string;
  requestedRegion?: string;
  network?: NetworkOptions;
  recovery?: RecoveryOptions;
  rollover?: RolloverOptions;
  /** Path of FFmpeg; left out = found as `locateFfmpeg` says. */
  ffmpegPath?: string;
  /** Every so often (whole seconds) a `stats` event comes with what was measured since. Left out: none does. */
  statsIntervalMs?: number;
  /** Send the packet that releases a frame at once (field-notes.md 7). Default true. */
  closingPacket?: boolean;
}
