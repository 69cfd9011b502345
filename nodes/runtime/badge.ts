/**
 * The one table from a session's phase to what a node shows under itself. Texts are message ids of the
 * `webrtc-session` catalogue and stay under 20 characters.
 */
import type { PhaseEvent, SessionPhase } from '../../src/index';
import type { StopCause } from './stream-limits';

/** What `node.status` takes. */
export interface Badge {
  fill: 'red' | 'green' | 'yellow' | 'blue' | 'grey';
  shape: 'ring' | 'dot';
  text: string;
}

/** Looks a message id up in the node's catalogue. */
export type Translate = (id: string, parameters?: Record<string, string | number>) => string;

/** The part of a phase event that a badge shows. */
export type BadgeFacts = Pick<PhaseEvent, 'phase' | 'fps' | 'percent' | 'attempt' | 'error'> & { stopped?: StopCause };

/** Node-RED cuts longer status texts. */
const MAX_TEXT_LENGTH = 19;

/** The badge of one stream. */
export function badge(facts: BadgeFacts, translate: Translate): Badge {
  const { fill, shape, label } = BADGES[facts.phase];
  const { id, parameters } = label(facts);
  return { fill, shape, text: shortText(translate, id, parameters) };
}

/** The badge of a node that listens to several streams (or, for now, to none). */
export function combinedBadge(streams: readonly BadgeFacts[], translate: Translate): Badge {
  const [only, another] = streams;
  if (only === undefined) return { fill: 'grey', shape: 'ring', text: shortText(translate, 'noStream') };
  if (another === undefined) return badge(only, translate);
  const live = streams.filter((facts) => facts.phase === 'live').length;
  const text = shortText(translate, 'several', { live, total: streams.length });
  return live === streams.length ? { fill: 'green', shape: 'dot', text } : { fill: 'yellow', shape: 'ring', text };
}

interface Label {
  id: string;
  parameters?: Record<string, string | number>;
}

type Row = Pick<Badge, 'fill' | 'shape'> & { label: (facts: BadgeFacts) => Label };

const BADGES: Record<SessionPhase, Row> = {
  not_started: { fill: 'grey', shape: 'ring', label: plain },
  connecting: { fill: 'yellow', shape: 'ring', label: plain },
  warming_up: { fill: 'yellow', shape: 'ring', label: plain },
  live: {
    fill: 'green',
    shape: 'dot',
    label: ({ fps }) => (fps === null ? { id: 'live' } : { id: 'liveFps', parameters: { fps: fps.toFixed(1) } }),
  },
  downloading: { fill: 'blue', shape: 'dot', label: withPercent },
  uploading: { fill: 'blue', shape: 'dot', label: withPercent },
  processing: { fill: 'blue', shape: 'dot', label: withPercent },
  reconnecting: {
    fill: 'yellow',
    shape: 'dot',
    label: ({ attempt }) => ({ id: 'reconnecting', parameters: { attempt } }),
  },
  complete: { fill: 'grey', shape: 'dot', label: plain },
  failed: {
    fill: 'red',
    shape: 'ring',
    label: ({ error }) => ({ id: error === null ? 'failed' : `reason.${error.code}` }),
  },
  closed: {
    fill: 'grey',
    shape: 'ring',
    label: ({ stopped }) => ({ id: stopped === undefined ? 'closed' : `stopped.${stopped}` }),
  },
};

function plain({ phase }: BadgeFacts): Label {
  return { id: phase };
}

function withPercent({ phase, percent }: BadgeFacts): Label {
  return percent === null ? { id: phase } : { id: `${phase}Percent`, parameters: { percent: Math.floor(percent) } };
}

function shortText(translate: Translate, id: string, parameters: Label['parameters'] = {}): string {
  return translate(`webrtc-session.status.${id}`, parameters).slice(0, MAX_TEXT_LENGTH);
}
