/**
 * What FFmpeg's last words on a webcam mean: an exit record in, one `SessionError` out. The systems' own words for
 * busy, absent and forbidden come first; everything else is said as of any other source.
 */
import { SessionError } from '../errors';
import { explain, lastLine } from '../ffmpeg/failure';
import type { Symptom } from '../ffmpeg/failure';
import type { FfmpegExit } from '../ffmpeg/process';

/** First match wins. */
const SYMPTOMS: readonly Symptom[] = [
  {
    pattern: /Unknown input format: '?(v4l2|avfoundation|dshow)/i,
    code: 'FFMPEG_FAILED',
    text: 'cannot be used, because this FFmpeg was built without webcams: install a complete one',
    retry: false,
  },
  {
    pattern: /Device or resource busy|already in use|AlreadyUsedByAnotherSession/i,
    code: 'WEBCAM_BUSY',
    text: 'is used by another program or stream: close that one, or choose another webcam',
    retry: true,
  },
  {
    pattern: /Permission denied|Operation not permitted|not authorized|E_ACCESSDENIED/i,
    code: 'WEBCAM_FORBIDDEN',
    text:
      'may not be used by Node-RED: on Linux add its user to the group "video" and start it again, on macOS and ' +
      'Windows allow it in the privacy settings',
    retry: false,
  },
  {
    pattern: /Not a video capture device|Inappropriate ioctl|does not support the streaming I\/O/i,
    code: 'SOURCE_UNSUPPORTED',
    text: 'is a device that does not deliver video: choose another one',
    retry: false,
  },
  {
    pattern:
      /No such (file or directory|device)|Could not find video device|Video device not found|Invalid device index|Could not enumerate video devices/i,
    code: 'WEBCAM_NOT_FOUND',
    text: 'is not there: plug it in, or choose one from the list; into Docker it has to be passed with --device',
    retry: true,
  },
  {
    pattern: /Selected (video size|framerate)|Could not set video options|Invalid framerate/i,
    code: 'INVALID_OPTION',
    text: 'does not deliver this size or frame rate: leave both empty, or use those of the list',
    retry: false,
  },
  {
    pattern: /VIDIOC_STREAMON.*No space left on device/i,
    code: 'SOURCE_UNREACHABLE',
    text: 'finds no bandwidth on its USB bus: use a smaller size, or another USB port than the other webcam',
    retry: true,
  },
];

/** `what` names the camera, as the beginning of a sentence: "Webcam /dev/video0". `delivered`: pictures had come. */
export function webcamFailure(exit: FfmpegExit, what: string, delivered = false): SessionError {
  const details = { exitCode: exit.code, signal: exit.signal, ffmpeg: exit.stderrTail };
  const symptom = SYMPTOMS.find(({ pattern }) => pattern.test(exit.stderrTail));
  if (symptom !== undefined) {
    const text = delivered && symptom.code === 'WEBCAM_NOT_FOUND' ? 'was unplugged: plug it in again' : symptom.text;
    return new SessionError(symptom.code, `${what} ${text}.`, { retry: symptom.retry, details });
  }
  // Its log holds numbers, such as bit rates, that must not be taken for answers of a server.
  if (exit.signal !== null) return explain(exit, what);
  const message = delivered
    ? `${what} stopped delivering: check its cable.`
    : `${what} delivers no video (${lastLine(exit.stderrTail) || 'no reason given'}): try another size, or plug it in anew.`;
  return new SessionError(delivered ? 'SOURCE_STALLED' : 'SOURCE_UNREACHABLE', message, { retry: true, details });
}
