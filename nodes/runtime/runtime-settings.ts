/** The part of Node-RED's settings.js that is ours, typed; what is missing or of the wrong type is left out. */
import type { RuntimeSettings } from './session-service';

/** `settings` is `RED.settings`. */
export function runtimeSettings(settings: object): RuntimeSettings {
  const path = 'webrtcSessionFfmpegPath' in settings ? settings.webrtcSessionFfmpegPath : undefined;
  const platform = 'webrtcSessionPlatformUrl' in settings ? settings.webrtcSessionPlatformUrl : undefined;
  const threads = 'webrtcSessionMaxThreads' in settings ? settings.webrtcSessionMaxThreads : undefined;
  return {
    ...(typeof path === 'string' && path !== '' ? { ffmpegPath: path } : {}),
    ...(typeof platform === 'string' && platform !== '' ? { platformUrl: platform } : {}),
    ...(typeof threads === 'number' && threads >= 1 ? { maxThreads: threads } : {}),
  };
}
