/** What a session knows of its server, its video and its way there, gathered for those who watch it. */
import type { IcePath } from '../peer/peer';
import type { SourceFacts } from '../source/source-facts';
import type { SessionFacts } from './events';

/** The part that connections know. */
export interface LinkFacts {
  serverVersion: string | null;
  ice: IcePath | null;
}

/** Before anything is known. */
export const NO_SESSION_FACTS: SessionFacts = {
  serverVersion: null,
  codec: null,
  path: null,
  reason: null,
  ice: null,
  terminationReason: null,
};

const SENT_AS = { copied: 'h264', encoded: 'vp8', uploaded: null, pulled: null } as const;

export function sessionFacts(
  source: SourceFacts | null,
  link: LinkFacts,
  terminationReason: string | null,
): SessionFacts {
  const { path, reason } = source ?? NO_SESSION_FACTS;
  return { ...link, codec: path && SENT_AS[path], path, reason, terminationReason };
}
