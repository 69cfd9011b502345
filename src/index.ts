/** The library's public face; `nodes/` and other programs enter here. */
export { systemClock } from './clock';
export type { Clock } from './clock';
export { SessionError } from './errors';
export type { SessionErrorCode, SessionErrorData } from './errors';
export { isRecord, parsedJson } from './json';
export { WebRTCSession } from './client/webrtc-session';
export type { SessionHostChoice } from './client/webrtc-session';
export { testConnection } from './client/connection-test';
export type { ConnectionReport, ConnectionStep } from './client/connection-test';
export { describeWorkflow, listWorkflows } from './client/discovery';
export type { DiscoveryOptions, WorkflowList } from './client/discovery';
export type { WorkflowInput, WorkflowInterface, WorkflowOutput, WorkflowPort } from './signalling/workflow-interface';
export { acquireDemoServer } from './client/demo-server';
export type { DemoServerLease } from './client/demo-server';
export { DEMO_WORKFLOW_SPECIFICATION } from './demo/demo-workflow';
export { locateFfmpeg } from './ffmpeg/locate';
export type { FfmpegProgram } from './ffmpeg/locate';
export { isIceUrl } from './peer/ice-urls';
export { redact } from './redact';
export { NOT_STARTED } from './session/phase-event';
export { modelPredictions } from './session/model-defaults';
export { MODEL_TASK_TYPES } from './signalling/model-specification';
export type { ModelTaskType } from './signalling/model-specification';
export type { PictureFit, PictureFormat, VideoCodec } from './media/video';
export type { FrameMetadata } from './channel/message';
export { TEST_PATTERN_OBJECTS } from './source/test-pattern';
export { probeSource } from './source/probe-source';
export type { SourceProbe } from './source/probe-source';
export { listWebcams } from './source/list-webcams';
export type { Webcam } from './source/list-webcams';
export { encodedFormat, MANUAL_FORMATS } from './source/manual-frame';
export type { ManualFormat, ManualFrame } from './source/manual-frame';
export type {
  FramesSpec,
  PulledSpec,
  SourceSpec,
  StreamSpec,
  TestPatternSpec,
  UploadSpec,
  WebcamSpec,
} from './source/spec';
export { PULLED_SCHEMES } from './source/pulled-address';
export type { SourceFacts } from './source/source-facts';
export { NETWORK_SCHEMES, schemeOf } from './source/stream-address';
export type {
  IceServerOptions,
  ModelWorkflow,
  NetworkOptions,
  PictureOptions,
  PicturePace,
  ProxyOptions,
  RecoveryOptions,
  RolloverOptions,
  ServerOptions,
  SessionChange,
  SessionOptions,
  TlsOptions,
  WorkflowOptions,
} from './session/options';
export type { OutputChange } from './session/output-change';
export { isTimeOfDay } from './session/rollover-plan';
export type {
  DataEvent,
  EndEvent,
  FrameEvent,
  FrameTiming,
  IntervalStats,
  LatencyPercentiles,
  PhaseEvent,
  RolloverEvent,
  SessionEvent,
  SessionFacts,
  SessionPhase,
  StatsEvent,
} from './session/events';
