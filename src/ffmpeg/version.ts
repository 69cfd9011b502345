/** FFmpeg's version text in, the option names that differ between versions out. */

/** The spellings of one FFmpeg version. */
export interface FfmpegDialect {
  /** Output option for "keep every frame's own timestamp": `-fps_mode` since 5.1. */
  frameRateMode: '-fps_mode' | '-vsync';
  /** RTSP input option for the socket timeout in microseconds: `-timeout` meant "listen" before 5.0. */
  rtspTimeout: '-timeout' | '-stimeout';
}

/**
 * Reads "5.1.9-0+deb12u1", "n7.1", "7.0.2-static". A build from git ("N-116000-g…", a date) is taken for a new one:
 * such builds are, and the old spellings are the ones that vanish.
 */
export function ffmpegDialect(version: string): FfmpegDialect {
  const match = /^n?(\d{1,2})\.(\d+)/.exec(version);
  const major = match ? Number(match[1]) : Infinity;
  const minor = match ? Number(match[2]) : 0;
  return {
    frameRateMode: major > 5 || (major === 5 && minor >= 1) ? '-fps_mode' : '-vsync',
    rtspTimeout: major >= 5 ? '-timeout' : '-stimeout',
  };
}
