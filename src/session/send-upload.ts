/** Sends an opened file over a link and tells how far it is. */
import type { UploadSource } from '../source/upload-source';
import type { Link } from './link';

/** Calls back at each whole percent, from 0; resolves when the last chunk is handed over. */
export async function sendUpload(
  link: Link,
  upload: UploadSource,
  onPercent: (percent: number) => void,
): Promise<void> {
  let shown = 0;
  onPercent(0);
  await link.upload(upload, (sentChunks) => {
    const percent = Math.floor((100 * sentChunks) / upload.totalChunks);
    if (percent === shown) return;
    shown = percent;
    onPercent(percent);
  });
}
