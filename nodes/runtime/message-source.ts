/**
 * The source that a start message names in `msg.source`, where the author of the flow chose that: a message in, settings
 * as of a dialog out. Messages may come from anywhere, so nothing is guessed, no template is filled in, and what FFmpeg
 * could read as anything but an address or a path is refused. Passwords stay here: they are taken off the message.
 */
import type { NodeMessage } from 'node-red';
import { isRecord, NETWORK_SCHEMES, PULLED_SCHEMES, schemeOf, SessionError } from '../../src/index';
import { ConfigReader } from './config-reader';
import { parseSource, SOURCE_KINDS } from './stream-settings';
import type { ChosenSource, SourceKind, SourceSettings } from './stream-settings';

const LOGIN = ['username', 'password'] as const;

/** What each kind may say, under the names that the fields of the dialog have in a flow file. */
const FIELDS: Record<SourceKind, readonly string[]> = {
  'test-pattern': ['width', 'height', 'fps', 'frameCount'],
  stream: ['url', ...LOGIN, 'video', 'loop'],
  webcam: ['device', 'width', 'height', 'fps', 'video'],
  'server-rtsp': ['url', ...LOGIN],
  'server-mjpeg': ['url', ...LOGIN],
  upload: ['path', ...LOGIN, 'cache', 'frames', 'processing'],
  frames: [],
};

const SCHEMES: Partial<Record<SourceKind, readonly string[]>> = {
  stream: NETWORK_SCHEMES,
  ...PULLED_SCHEMES,
  upload: ['http', 'https'],
};

/** No address or path is longer; a longer one is a mistake or an attack. */
const MAX_LENGTH = 4_096;
const CONTROL = /\p{Cc}/u;
/** What Node-RED fills in in dialogs. */
const ENVIRONMENT = /\$[{(]/;

/** The sources of one node: the one of its dialog, or those of its messages, of which it keeps the last started. */
export class MessageSources {
  readonly #fixed: ChosenSource;
  readonly #accepted = new WeakMap<object, SourceSettings>();
  /** Of the newest message that named one. */
  #newest: SourceSettings | undefined;
  /** Of the newest message that started the stream. */
  #last: SourceSettings | undefined;

  constructor(fixed: ChosenSource) {
    this.#fixed = fixed;
  }

  /** Judges `msg.source` and takes it off the message, which may go on to Catch nodes. Throws INVALID_OPTION. */
  accept(message: NodeMessage & { source?: unknown }): void {
    const { source } = message;
    delete message.source;
    if (this.#fixed.kind !== 'message') {
      if (source === undefined || source === null) return;
      throw invalid('source', 'is not allowed here: choose "From the start message" as the source of this stream');
    }
    if (source !== undefined && source !== null) {
      this.#newest = parseMessageSource(source);
      this.#accepted.set(message, this.#newest);
    } else if (this.#newest === undefined) throw noSource();
  }

  /** Whether pictures are what the stream is made of, or, where messages name the source, will be after a start. */
  get takesFrames(): boolean {
    return [this.#fixed, this.#newest, this.#last].some((source) => source?.kind === 'frames');
  }

  /** The source to start: that of the message, else the last one. Throws INVALID_OPTION when there is none. */
  take(message: unknown): SourceSettings {
    if (this.#fixed.kind !== 'message') return this.#fixed;
    const named = isRecord(message) ? this.#accepted.get(message) : undefined;
    this.#last = named ?? this.#last;
    if (this.#last === undefined) throw noSource();
    return this.#last;
  }
}

/** Throws INVALID_OPTION with `details.field`. Neither address nor login are repeated in it. */
export function parseMessageSource(source: unknown): SourceSettings {
  if (!isRecord(source)) {
    throw invalid('source', 'is not an object: send one such as { kind: "stream", url: "rtsp://192.168.1.30/live" }');
  }
  const kind = SOURCE_KINDS.find((known) => known === source['kind']);
  if (kind === undefined) throw invalid('kind', `is missing or unknown: use one of ${SOURCE_KINDS.join(', ')}`);
  checkFields(kind, source);
  const { password, ...fields } = source;
  const reader = new ConfigReader(fields, 'msg.source');
  const settings = parseSource(kind, reader, reader);
  return typeof password === 'string' && 'password' in settings ? { ...settings, password } : settings;
}

function checkFields(kind: SourceKind, source: Record<string, unknown>): void {
  for (const [field, value] of Object.entries(source)) {
    if (field === 'kind') continue;
    if (!FIELDS[kind].includes(field)) {
      throw invalid(
        field.slice(0, 40),
        `does not belong to "${kind}": it takes ${FIELDS[kind].join(', ') || 'nothing'}`,
      );
    }
    checkValue(kind, field, value);
  }
}

function checkValue(kind: SourceKind, field: string, value: unknown): void {
  const isText = LOGIN.some((name) => name === field) || isPlace(field);
  if (typeof value === 'string') checkText(kind, field, value);
  else if (isText) throw invalid(field, 'is not text');
  else if (typeof value !== 'number' && typeof value !== 'boolean') {
    throw invalid(field, 'is neither text nor a number nor true or false');
  }
}

function checkText(kind: SourceKind, field: string, value: string): void {
  if (value.length > MAX_LENGTH) throw invalid(field, `is longer than ${MAX_LENGTH} characters`);
  if (CONTROL.test(value)) throw invalid(field, 'holds a line break or another control character: remove it');
  if (field === 'password') return;
  if (value.includes('{{') || ENVIRONMENT.test(value)) {
    throw invalid(field, 'holds a template: these are not filled in here, let the message hold the value itself');
  }
  if (isPlace(field)) checkPlace(kind, field, value.trim());
}

function isPlace(field: string): boolean {
  return field === 'url' || field === 'path' || field === 'device';
}

function checkPlace(kind: SourceKind, field: string, value: string): void {
  if (value.startsWith('-')) throw invalid(field, 'begins with "-", which FFmpeg reads as an option');
  if (value.includes('|')) throw invalid(field, 'holds "|", which FFmpeg reads as several inputs: write %7C in a URL');
  if (field === 'device') return;
  const scheme = schemeOf(value);
  const allowed = SCHEMES[kind] ?? [];
  const pathAllowed = kind === 'stream' || kind === 'upload';
  if (scheme === undefined ? pathAllowed : allowed.includes(scheme) && isUrl(value)) return;
  const path = pathAllowed ? ', or the path of a file' : '';
  throw invalid(field, `is not allowed: send a URL that begins with ${allowed.join('://, ')}://${path}`);
}

/** Judged without user and password, which may hold what makes an address no URL until they are taken out of it. */
function isUrl(value: string): boolean {
  const url = value.replace(/^([^:]*:\/\/)[^/?#]*@/, '$1');
  return /^[^:]*:\/\/[^/?#]/.test(url) && URL.canParse(url);
}

function noSource(): SessionError {
  return invalid('source', 'is missing: this stream is told by its start message what to open');
}

function invalid(field: string, what: string): SessionError {
  const name = field === 'source' ? 'msg.source' : `msg.source.${field}`;
  return new SessionError('INVALID_OPTION', `${name} ${what}.`, { details: { field } });
}
