/**
 * Fault switches of the demo server: plain JSON, read at the moment of use, so that whoever owns the server can switch
 * them while sessions run. Never reachable over HTTP.
 */
import { SessionError } from '../errors';
import { FORCED_ANSWERS, type ForcedAnswer } from './error-answers';

/** Frames a fault applies to: their ids, or all of them. */
export type FrameChoice = number[] | 'all';

/** Every switch; left out = healthy. */
export interface DemoFaults {
  /** Answers the signalling POST with this row of protocol.md A.5. */
  forcedAnswer?: ForcedAnswer;
  /** How many POSTs the forced answer hits; left out = all. Counted down here. */
  forcedAnswerTimes?: number;
  /** Waits before the POST is answered. */
  slowPostMs?: number;
  /** Never sends `processing_complete`. */
  neverCompletes?: boolean;
  /** Only the first half of the message's chunks is sent (of a one-chunk message: a first half of two). */
  partialFrames?: FrameChoice;
  /** The gzip stream is cut in its middle. */
  badGzipFrames?: FrameChoice;
  /** The message is sent as text instead of framed binary. */
  textFrames?: FrameChoice;
  /** The payload is no JSON. */
  malformedJsonFrames?: FrameChoice;
  /** The chunks of this frame are sent mixed with those of the next, in reverse order. */
  interleavedFrames?: FrameChoice;
  /** The workflow fails on these frames: an `errors` entry and no outputs. */
  errorFrames?: FrameChoice;
  /** Data messages are sent uncompressed. */
  noGzip?: boolean;
  /** No RTP video leaves after so many frames. */
  stallRtpAfter?: number;
  /** No data message leaves after so many frames. */
  stallDataAfter?: number;
  /** Added to every RTP timestamp of a picture, in 90 kHz ticks. */
  rtpTimestampOffset?: number;
  /** Every third picture's RTP timestamp is one tick low (protocol.md F: microsecond rounding of aiortc). */
  rtpTimestampJitter?: boolean;
  /** The packets of the first so many pictures are lost. */
  dropFirstRtpFrames?: number;
  /** Every so manieth packet of video is lost. */
  loseRtpEvery?: number;
  /** Every so manieth packet of video is overtaken by the two after it. */
  delayRtpEvery?: number;
  /** The session dies after so many frames. */
  abortAfterFrames?: number;
  /** `silent` (default): it just falls silent, without a word to the other side; `polite`: the connection is closed. */
  abortKind?: 'silent' | 'polite';
  /** Ends sessions without activity for so long, as the hosted watchdog does. */
  watchdogMs?: number;
  /** Keepalive messages on the upload channel are not echoed. */
  noPingEcho?: boolean;
}

type Check = (value: unknown) => boolean;
const isFlag: Check = (value) => typeof value === 'boolean';
const isCount: Check = (value) => typeof value === 'number' && Number.isInteger(value) && value >= 0;
const isInteger: Check = (value) => Number.isInteger(value);
const isFrameChoice: Check = (value) => value === 'all' || (Array.isArray(value) && value.every(isCount));

const CHECKS = {
  forcedAnswer: (value) => typeof value === 'string' && value in FORCED_ANSWERS,
  forcedAnswerTimes: isCount,
  slowPostMs: isCount,
  neverCompletes: isFlag,
  partialFrames: isFrameChoice,
  badGzipFrames: isFrameChoice,
  textFrames: isFrameChoice,
  malformedJsonFrames: isFrameChoice,
  interleavedFrames: isFrameChoice,
  errorFrames: isFrameChoice,
  noGzip: isFlag,
  stallRtpAfter: isCount,
  stallDataAfter: isCount,
  rtpTimestampOffset: isInteger,
  rtpTimestampJitter: isFlag,
  dropFirstRtpFrames: isCount,
  loseRtpEvery: isCount,
  delayRtpEvery: isCount,
  abortAfterFrames: isCount,
  abortKind: (value) => value === 'silent' || value === 'polite',
  watchdogMs: isCount,
  noPingEcho: isFlag,
} satisfies Record<keyof DemoFaults, Check>;

/** Refuses a switch that does not exist or has the wrong type, so that a misspelt fault cannot pass for health. */
export function checkFaults(faults: DemoFaults): void {
  const checks = new Map<string, Check>(Object.entries(CHECKS));
  for (const [name, value] of Object.entries(faults)) {
    const check = checks.get(name);
    if (check === undefined || (value !== undefined && !check(value))) {
      throw new SessionError('INVALID_OPTION', `Demo server fault "${name}" does not exist or has an unusable value.`);
    }
  }
}

/** Whether a fault applies to frame `frameId`. */
export function hits(choice: FrameChoice | undefined, frameId: number): boolean {
  return choice === 'all' || (choice?.includes(frameId) ?? false);
}

/** The forced answer for the next POST, if one is due; counts it down. */
export function takeForcedAnswer(faults: DemoFaults): ForcedAnswer | undefined {
  if (faults.forcedAnswer === undefined || faults.forcedAnswerTimes === 0) return undefined;
  if (faults.forcedAnswerTimes !== undefined) faults.forcedAnswerTimes -= 1;
  return faults.forcedAnswer;
}
