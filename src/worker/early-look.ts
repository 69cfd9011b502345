/**
 * Imported before everything else by a worker: FFmpeg is asked what it is while the thread loads its other modules,
 * which takes about as long (half a second of a fast core). Whoever needs it finds the answer there, `locate` keeps it.
 */
import { locateFfmpeg } from '../ffmpeg/locate';

locateFfmpeg().catch(() => undefined); // told to whoever needs it
