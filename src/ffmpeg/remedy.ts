/** What to tell somebody who has no FFmpeg: one text, every common system, exact commands. */
export const REMEDY = [
  'Install FFmpeg:',
  'Debian, Ubuntu, Raspberry Pi OS: sudo apt install ffmpeg;',
  'Alpine and the Node-RED Docker image: apk add ffmpeg;',
  'macOS: brew install ffmpeg;',
  'Windows: winget install Gyan.FFmpeg.',
  // npm 12 installs the optional package but runs no install script of a dependency that is not approved.
  'Or let npm fetch ffmpeg-static: npm 12 installs it without its program; in the Node-RED user directory run',
  '"npm install-scripts approve ffmpeg-static" (before npm 12: not needed) and then "npm rebuild ffmpeg-static".',
  'Or name another program in the session node, in webrtcSessionFfmpegPath of settings.js, or in FFMPEG_BIN.',
].join(' ');
