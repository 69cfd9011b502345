/** The configuration of a `webrtc-stream` node: typed settings, and, with templates filled in, its source. */
import { SessionError } from '../../src/index';
import type { PulledSpec, SourceSpec, UploadSpec } from '../../src/index';
import { ConfigReader, ownerName } from './config-reader';
import { present } from './present';
import { renderTemplate } from './templates';
import type { LimitSettings } from './stream-limits';
import type { TemplateScope } from './templates';
import { upToDate } from './up-to-date';
import { parseWebcam, resolveWebcam } from './webcam-settings';
import type { WebcamSettings } from './webcam-settings';

/** Where a camera is, and how one gets in. */
interface AddressSettings {
  url: string;
  username: string;
  password: string;
}

/** A source whose text fields may still be templates. */
export type SourceSettings =
  | { kind: 'test-pattern'; width?: number; height?: number; fps?: number; frames?: number }
  | ({ kind: 'stream'; video: 'auto' | 'encode'; loop: boolean } & AddressSettings)
  | WebcamSettings
  | ({ kind: PulledSpec['kind'] } & AddressSettings)
  | ({ kind: 'upload'; cache: boolean; frames: 'data' | 'video'; realtime: boolean } & AddressSettings)
  | { kind: 'frames' };

/** What a dialog can name, and a message. */
export const SOURCE_KINDS = [
  'test-pattern',
  'stream',
  'webcam',
  'server-rtsp',
  'server-mjpeg',
  'upload',
  'frames',
] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** `message`: the start message says it. */
export type ChosenSource = SourceSettings | { kind: 'message' };

/** Everything a `webrtc-stream` node says. */
export interface StreamSettings {
  /** `msg.stream` of everything that comes of it. */
  name: string;
  source: ChosenSource;
  /** Live sources: the server processes every frame instead of the newest. */
  batch?: true;
  /** `auto`: on deploy, except on a server that costs money while connected. */
  start: 'auto' | 'deploy' | 'message';
  limits: LimitSettings;
  /** How often statistics are sent; left out: never. */
  statsIntervalMs?: number;
}

/** A source ready to be opened. */
export interface ResolvedSource {
  source: SourceSpec;
  /** Uploads only: whether the server may skip frames. */
  realtimeProcessing?: boolean;
}

/** `credentials` are the node's own: `username` and `password`. Throws INVALID_OPTION. */
export function parseStreamSettings(config: unknown, credentials: unknown, id: string): StreamSettings {
  const owner = ownerName('webrtc-stream', config);
  const fields = new ConfigReader(upToDate('webrtc-stream', config), owner);
  const statsSeconds = fields.number('statsSeconds', { min: 1, max: 86_400 });
  return {
    name: fields.text('name') || id,
    source: parseChoice(fields, new ConfigReader(credentials, owner)),
    ...(fields.choice('liveProcessing', ['realtime', 'batch']) === 'batch' ? { batch: true } : {}),
    start: fields.choice('start', ['auto', 'deploy', 'message']),
    limits: {
      ...present('idleMinutes', fields.number('idleMinutes', { min: 0.1, max: 1_440 })),
      ...present('dailyMinutes', fields.number('dailyMinutes', { min: 0.1, max: 1_440 })),
    },
    ...present('statsIntervalMs', statsSeconds && statsSeconds * 1_000),
  };
}

/** Fills the templates in. Rejects TEMPLATE_UNRESOLVED or INVALID_OPTION. */
export async function resolveSource(settings: ChosenSource, scope: TemplateScope): Promise<ResolvedSource> {
  switch (settings.kind) {
    case 'test-pattern':
    case 'frames':
      return { source: settings };
    case 'stream': {
      const { kind, video, loop } = settings;
      return { source: { kind, ...(await resolveAddress(settings, scope)), video, loop } };
    }
    case 'webcam':
      return { source: await resolveWebcam(settings, scope) };
    case 'server-rtsp':
    case 'server-mjpeg':
      return { source: { kind: settings.kind, ...(await resolveAddress(settings, scope)) } };
    case 'upload':
      return { source: await resolveUpload(settings, scope), realtimeProcessing: settings.realtime };
    case 'message':
      throw new SessionError('INVALID_OPTION', 'What this stream opens is said by its start message, in msg.source.', {
        details: { field: 'source' },
      });
  }
}

function parseChoice(fields: ConfigReader, secrets: ConfigReader): ChosenSource {
  const kind = fields.choice('source', [...SOURCE_KINDS, 'message']);
  return kind === 'message' ? { kind } : parseSource(kind, fields, secrets);
}

/** The fields of one kind. Throws INVALID_OPTION. */
export function parseSource(kind: SourceKind, fields: ConfigReader, secrets: ConfigReader): SourceSettings {
  switch (kind) {
    case 'test-pattern':
      return parseTestPattern(fields);
    case 'frames':
      return { kind };
    case 'stream':
      return {
        kind,
        ...parseAddress(fields, secrets, 'rtsp://192.168.1.30/live, or a file'),
        video: fields.choice('video', ['auto', 'encode']),
        loop: fields.flag('loop', false),
      };
    case 'webcam':
      return parseWebcam(fields);
    case 'server-rtsp':
      return { kind, ...parseAddress(fields, secrets, 'rtsp://192.168.1.30/live') };
    case 'server-mjpeg':
      return { kind, ...parseAddress(fields, secrets, 'http://192.168.1.30/video.mjpg') };
    case 'upload':
      return {
        kind,
        url: fields.requiredText(
          'path',
          'enter the path of a video file on the machine that runs Node-RED, or an address',
        ),
        username: secrets.text('username'),
        password: secrets.text('password'),
        cache: fields.flag('cache', true),
        frames: fields.choice('frames', ['data', 'video']),
        realtime: fields.choice('processing', ['batch', 'realtime']) === 'realtime',
      };
  }
}

function parseAddress(fields: ConfigReader, secrets: ConfigReader, example: string): AddressSettings {
  return {
    url: fields.requiredText('url', `enter the address of the camera, such as ${example}`),
    username: secrets.text('username'),
    password: secrets.text('password'),
  };
}

function parseTestPattern(fields: ConfigReader): SourceSettings {
  return {
    kind: 'test-pattern',
    ...present('width', fields.number('width', { min: 320, max: 1920, integer: true })),
    ...present('height', fields.number('height', { min: 180, max: 1080, integer: true })),
    ...present('fps', fields.number('fps', { min: 1, max: 60 })),
    ...present('frames', fields.number('frameCount', { min: 1, max: 1_000_000_000, integer: true })),
  };
}

/** Only an address has a user; what an unused field holds does not matter to a file. */
async function resolveUpload(
  { url, username, password, frames, cache }: Extract<SourceSettings, { kind: 'upload' }>,
  scope: TemplateScope,
): Promise<UploadSpec> {
  const path = await renderTemplate(url, 'path', scope);
  if (!/^https?:\/\//i.test(path)) return { kind: 'upload', path, frames };
  const { url: address, ...login } = await resolveAddress({ url: path, username, password }, scope);
  return { kind: 'upload', path: address, ...login, frames, cache };
}

async function resolveAddress(
  settings: AddressSettings,
  scope: TemplateScope,
): Promise<{ url: string; username?: string; password?: string }> {
  const address = splitAddress(await renderTemplate(settings.url, 'url', scope));
  const username = (await renderTemplate(settings.username, 'username', scope)) || address.username;
  const password = settings.password || address.password;
  return {
    url: address.url,
    ...present('username', username || undefined),
    ...present('password', password || undefined),
  };
}

/** Takes user and password out of an address: they must not travel on in a text that logs may show. */
function splitAddress(address: string): { url: string; username: string; password: string } {
  const [, scheme, user, rest] = /^([a-z][a-z0-9+.-]*:\/\/)([^/?#]*)@(.*)$/is.exec(address) ?? [];
  if (scheme === undefined || user === undefined || rest === undefined) {
    return { url: address, username: '', password: '' };
  }
  const colon = user.indexOf(':');
  const name = colon === -1 ? user : user.slice(0, colon);
  const password = colon === -1 ? '' : user.slice(colon + 1);
  return { url: scheme + rest, username: decoded(name), password: decoded(password) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (thrown) {
    // The text itself may be a password: it is not repeated.
    throw new SessionError(
      'INVALID_OPTION',
      'User or password in the address is not percent-encoded: enter them in their own fields of webrtc-stream.',
      { cause: thrown, details: { field: 'url' } },
    );
  }
}
