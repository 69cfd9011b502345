/** What the phases of a stream mean for whoever waits for it. */
import type { SessionPhase } from '../../src/index';

/** Nothing more comes of the stream. */
export const ENDED: ReadonlySet<SessionPhase> = new Set<SessionPhase>(['complete', 'failed', 'closed']);

/** Nothing runs, be it not yet or not any more. */
export const RESTING: ReadonlySet<SessionPhase> = new Set<SessionPhase>(['not_started', ...ENDED]);
