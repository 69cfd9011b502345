/** Sends an opened file over a link and tells how far it is, or that it broke off, as events of the state machine. */
import type { Clock } from '../clock';
import { SessionError } from '../errors';
import type { UploadSource } from '../source/upload-source';
import type { Link } from './link';
import { ProgressMeter } from './progress-meter';
import type { StateEvent } from './state';

/** What to send and whom to tell. */
export interface UploadRun {
  link: Link;
  upload: UploadSource;
  clock: Clock;
  tell: (event: StateEvent) => void;
}

/** Tells `uploading` after each chunk, from 0 percent on, and `processing` when the last one is handed over. */
export function sendUpload({ link, upload, clock, tell }: UploadRun): void {
  const meter = new ProgressMeter(clock.monotonicMs());
  const tellSent = (chunks: number): void =>
    tell({ kind: 'progress', phase: 'uploading', ...meter.at(chunks, upload.totalChunks, clock.monotonicMs()) });
  tellSent(0);
  link.upload(upload, tellSent).then(
    () => tell({ kind: 'progress', phase: 'processing', percent: null, remainingMs: null }),
    (thrown: unknown) => tell({ kind: 'link-lost', error: SessionError.from(thrown, 'UPLOAD_FAILED').toData() }),
  );
}
