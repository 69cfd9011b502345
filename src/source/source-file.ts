/** Looks at a local file before anything is started for it. Says plainly what is wrong with it. */
import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { SessionError } from '../errors';

/** Rejects with SOURCE_FILE_UNREADABLE unless `path` is a regular, readable file with content. */
export async function checkSourceFile(path: string): Promise<{ sizeBytes: number }> {
  try {
    const found = await stat(path);
    if (found.isDirectory()) throw unreadable(path, 'is a folder, not a file');
    if (!found.isFile()) throw unreadable(path, 'is not a regular file');
    if (found.size === 0) throw unreadable(path, 'is empty');
    await access(path, constants.R_OK);
    return { sizeBytes: found.size };
  } catch (thrown) {
    throw thrown instanceof SessionError ? thrown : unreadable(path, whatFailed(thrown), thrown);
  }
}

function whatFailed(thrown: unknown): string {
  const code = thrown instanceof Error && 'code' in thrown ? thrown.code : undefined;
  if (code === 'ENOENT' || code === 'ENOTDIR') return 'does not exist';
  if (code === 'EACCES' || code === 'EPERM') return 'may not be read: check its permissions';
  return `cannot be read (${String(code)})`;
}

function unreadable(path: string, fault: string, cause?: unknown): SessionError {
  return new SessionError('SOURCE_FILE_UNREADABLE', `The file ${path} ${fault}.`, { cause });
}
