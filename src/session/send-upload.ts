/** Sends an opened file over a link and tells how far it is, or that it broke off, as events of the state machine. */
import { SessionError } from '../errors';
import type { UploadSource } from '../source/upload-source';
import type { Link } from './link';
import type { StateEvent } from './state';

/** Tells `uploading` after each chunk, from 0 percent on, and `processing` when the last one is handed over. */
export function sendUpload(link: Link, upload: UploadSource, tell: (event: StateEvent) => void): void {
  const tellPercent = (percent: number): void => tell({ kind: 'progress', phase: 'uploading', percent });
  tellPercent(0);
  link
    .upload(upload, (sentChunks) => tellPercent(Math.floor((100 * sentChunks) / upload.totalChunks)))
    .then(
      () => tell({ kind: 'progress', phase: 'processing', percent: null }),
      (thrown: unknown) => tell({ kind: 'link-lost', error: SessionError.from(thrown, 'UPLOAD_FAILED').toData() }),
    );
}
