import { describe, expect, it } from 'vitest';
import { frameWants, parseOnDataSettings, parseOnFrameSettings } from '../../../nodes/runtime/listener-settings';
import { parseSessionSettings } from '../../../nodes/runtime/session-settings';
import { parseStreamSettings, resolveSource } from '../../../nodes/runtime/stream-settings';
import type { TemplateScope } from '../../../nodes/runtime/templates';

const invalid = (field: string) => expect.objectContaining({ code: 'INVALID_OPTION', details: { field } }) as Error;

describe('parseSessionSettings', () => {
  it('reads an empty node as the built-in demo with motion detection', () => {
    expect(parseSessionSettings({}, undefined)).toEqual({
      server: { kind: 'demo' },
      workflow: { kind: 'motion' },
      outputs: { video: 'auto', imageOutput: null, data: 'auto' },
      network: {},
      reconnect: true,
      rollover: { mode: 'automatic' },
      thread: 'worker',
    });
  });

  it('reads every field', () => {
    const config = {
      server: 'hosted',
      hostedUrl: 'https://serverless.roboflow.com',
      plan: 'webrtc-gpu-medium',
      region: 'eu',
      workflow: 'saved',
      workspace: 'acme',
      workflowId: 'count',
      workflowVersion: '3',
      imageInput: 'picture',
      parameters: '{"threshold": 0.5}',
      disableSinks: true,
      keyTransport: 'header',
      video: 'always',
      imageOutput: 'boxes',
      data: 'hand',
      dataOutputs: 'a, b,a',
      declaredFps: '29.97',
      lifetime: 'seconds',
      lifetimeSeconds: 7200,
      iceUrls: 'stun:s:3478, turn:t:3478',
      iceUsername: 'me',
      icePolicy: 'relay',
      turnLookup: 'always',
      udpPorts: '50000 - 50100',
      interfaces: 'eth0, 192.168.1.5',
      ipv6: false,
      connectTimeout: '5',
      ffmpegPath: '/opt/ffmpeg',
      reconnect: false,
      thread: 'none',
    };
    expect(parseSessionSettings(config, { apiKey: 'key', turnCredential: 'word' })).toEqual({
      server: {
        ...{ kind: 'hosted', url: 'https://serverless.roboflow.com' },
        ...{ apiKey: 'key', apiKeyTransport: 'header' },
      },
      workflow: { kind: 'saved', workspaceName: 'acme', workflowId: 'count', workflowVersionId: '3' },
      outputs: { video: 'always', imageOutput: 'boxes', data: ['a', 'b'] },
      imageInputName: 'picture',
      parameters: [{ name: 'threshold', kind: 'value', value: 0.5 }],
      disableSinks: true,
      declaredFps: 29.97,
      processingTimeoutS: 7200,
      requestedPlan: 'webrtc-gpu-medium',
      requestedRegion: 'eu',
      network: {
        connectTimeoutMs: 5_000,
        iceServers: [{ urls: ['stun:s:3478', 'turn:t:3478'], username: 'me', credential: 'word' }],
        icePolicy: 'relay',
        turnLookup: 'always',
        udpPorts: { min: 50_000, max: 50_100 },
        interfaces: ['eth0', '192.168.1.5'],
        ipv6: false,
      },
      reconnect: false,
      rollover: { mode: 'automatic' },
      ffmpegPath: '/opt/ffmpeg',
      thread: 'none',
    });
  });

  it('reads a model, its task looked up or given, with its outputs', () => {
    expect(parseSessionSettings({ workflow: 'model', modelId: ' demo-classification ' }, {})).toMatchObject({
      workflow: { kind: 'model', modelId: 'demo-classification' },
      outputs: { imageOutput: 'image', withPictures: ['predictions'] },
    });
    const given = { workflow: 'model', modelId: 'm/1', taskType: 'keypoint-detection', imageOutput: 'other' };
    expect(parseSessionSettings(given, {})).toMatchObject({
      workflow: { kind: 'model', modelId: 'm/1', taskType: 'keypoint-detection' },
      outputs: { imageOutput: 'other' },
    });
  });

  it('tells no time limit from the default one', () => {
    expect(parseSessionSettings({ lifetime: 'unlimited' }, {}).processingTimeoutS).toBeNull();
    expect(parseSessionSettings({ lifetime: 'server' }, {})).not.toHaveProperty('processingTimeoutS');
    const own = { server: 'own', url: 'http://h', lifetime: 'auto' };
    expect(parseSessionSettings(own, {}).processingTimeoutS).toBeNull();
    const hosted = { ...own, server: 'hosted', hostedUrl: 'https://serverless.roboflow.com' };
    expect(parseSessionSettings(hosted, { apiKey: 'key' })).not.toHaveProperty('processingTimeoutS');
  });

  it.each([
    ['url', { server: 'own' }],
    ['url', { server: 'own', url: 'ftp://host' }],
    ['url', { server: 'own', url: 'host:9001' }],
    ['server', { server: 'mars' }],
    ['workflow', { workflow: 'saved', workspace: 'a', workflowId: 'b' }],
    ['workflowId', { server: 'own', url: 'http://h', workflow: 'saved', workspace: 'a' }],
    ['specification', { workflow: 'specification' }],
    ['modelId', { workflow: 'model' }],
    ['taskType', { workflow: 'model', modelId: 'm', taskType: 'vlm' }],
    ['specification', { workflow: 'specification', specification: '{' }],
    ['parameters', { parameters: '[1]' }],
    ['declaredFps', { declaredFps: 'fast' }],
    ['lifetimeSeconds', { lifetime: 'seconds' }],
    ['lifetimeSeconds', { lifetime: 'seconds', lifetimeSeconds: '1.5' }],
    ['iceUrls', { iceUrls: 'http://stun' }],
    ['iceUrls', { iceUrls: 'stun:a?transport=tcp' }],
    ['iceUsername', { iceUrls: 'turn:a' }],
    ['turnCredential', { iceUrls: 'turn:a', iceUsername: 'me' }],
    ['icePolicy', { icePolicy: 'direct' }],
    ['tls', { tls: 'gone' }],
    ['proxy', { proxy: 'gone' }],
    ['turnLookup', { turnLookup: 'sometimes' }],
    ['udpPorts', { udpPorts: '50000' }],
    ['udpPorts', { udpPorts: '50100-50000' }],
    ['udpPorts', { udpPorts: '0-70000' }],
    ['ipv6', { ipv6: 'perhaps' }],
    ['connectTimeout', { connectTimeout: 0 }],
    ['reconnect', { reconnect: 'maybe' }],
    ['disableSinks', { disableSinks: 'maybe' }],
    ['keyTransport', { server: 'own', url: 'http://h', keyTransport: 'pigeon' }],
    ['url', { server: 'own', url: {} }],
  ])('refuses a wrong "%s"', (field, config) => {
    expect(() => parseSessionSettings(config, {})).toThrow(invalid(field));
  });

  it('does not repeat a password that was written into an ICE server', () => {
    const parse = () => parseSessionSettings({ iceUrls: 'turn:me:planted@host:3478' }, {});
    expect(parse).toThrow(invalid('iceUrls'));
    expect(parse).not.toThrow(/planted/);
  });

  it('says that a hosted session needs a key', () => {
    const config = { server: 'hosted', hostedUrl: 'https://serverless.roboflow.com' };
    expect(() => parseSessionSettings(config, {})).toThrow(
      expect.objectContaining({ code: 'API_KEY_REJECTED' }) as Error,
    );
  });

  it('says which environment variable is not set, wherever it stands', () => {
    const config = { name: 'Hall', server: 'own', url: '${SERVER_URL}' };
    expect(() => parseSessionSettings(config, {})).toThrow(
      /webrtc-session "Hall": "url" .*SERVER_URL, which is not set/,
    );
    const withKey = { server: 'own', url: 'http://h' };
    expect(() => parseSessionSettings(withKey, { apiKey: '${KEY}' })).toThrow(/"apiKey" .*KEY, which is not set/);
    expect(() => parseSessionSettings({ data: 'hand', dataOutputs: ['${FIELD}'] }, {})).toThrow(
      /FIELD, which is not set/,
    );
  });
});

const scope: TemplateScope = {
  message: { payload: { name: 'front door', user: 'u1' } },
  environment: () => undefined,
  context: () => Promise.resolve(undefined),
};
const sourceOf = async (config: object, credentials: object = {}) =>
  (await resolveSource(parseStreamSettings(config, credentials, 'id1').source, scope)).source;

describe('limits and renewal', () => {
  it('take minutes and a time of day, and refuse what is none', () => {
    const limits = (over: object) => parseStreamSettings(over, undefined, 'id1').limits;
    expect(limits({ idleMinutes: '10', dailyMinutes: 90 })).toEqual({ idleMinutes: 10, dailyMinutes: 90 });
    for (const wrong of [{ idleMinutes: '0' }, { dailyMinutes: '1441' }]) {
      expect(() => limits(wrong)).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error);
    }
    expect(parseStreamSettings({ statsSeconds: '5' }, undefined, 'id1').statsIntervalMs).toBe(5_000);
    expect(parseStreamSettings({ statsSeconds: '' }, undefined, 'id1')).not.toHaveProperty('statsIntervalMs');
    expect(() => parseStreamSettings({ statsSeconds: '0.5' }, undefined, 'id1')).toThrow('statsSeconds');
    const rollover = (over: object) => parseSessionSettings(over, undefined).rollover;
    expect(rollover({ rollover: 'daily', rolloverAt: '3:30' })).toEqual({ mode: 'daily', at: '3:30' });
    expect(rollover({ rollover: 'off', rolloverAt: 'x' })).toEqual({ mode: 'off' });
    for (const rolloverAt of ['', '25:00']) {
      const wrong = (): unknown => rollover({ rollover: 'daily', rolloverAt });
      expect(wrong).toThrow(expect.objectContaining({ code: 'INVALID_OPTION' }) as Error);
    }
  });
});

describe('parseStreamSettings', () => {
  it('is a test pattern named by its id unless told otherwise', () => {
    expect(parseStreamSettings({}, undefined, 'id1')).toEqual({
      name: 'id1',
      source: { kind: 'test-pattern' },
      start: 'auto',
      limits: {},
    });
  });

  it('reads whether a live source is processed frame by frame', () => {
    expect(parseStreamSettings({ liveProcessing: 'batch' }, {}, 'id1')).toMatchObject({ batch: true });
    expect(parseStreamSettings({ liveProcessing: 'realtime', processing: 'batch' }, {}, 'id1')).not.toHaveProperty(
      'batch',
    );
  });

  it('reads a test pattern', async () => {
    const config = { source: 'test-pattern', width: '320', height: 180, fps: '5', frameCount: '50' };
    expect(await sourceOf(config)).toEqual({ kind: 'test-pattern', width: 320, height: 180, fps: 5, frames: 50 });
  });

  it('takes user and password out of an address', async () => {
    expect(await sourceOf({ source: 'stream', url: 'rtsp://me:p%40ss@cam/live' })).toEqual({
      kind: 'stream',
      url: 'rtsp://cam/live',
      username: 'me',
      password: 'p@ss',
      video: 'auto',
      loop: false,
    });
  });

  it('prefers the credentials to the address, and fills templates in', async () => {
    const config = { source: 'stream', url: 'rtsp://x:y@cam/{{payload.name}}' };
    const source = await sourceOf(config, { username: '{{payload.user}}', password: '{{secret}}' });
    expect(source).toMatchObject({ url: 'rtsp://cam/front door', username: 'u1', password: '{{secret}}' });
  });

  it.each(['server-rtsp', 'server-mjpeg'])('reads %s, whose password stays out of the address', async (source) => {
    const config = { source, url: 'http://me:p%40ss@{{payload.name}}/v', video: 'encode', loop: true };
    expect(await sourceOf(config)).toEqual({
      kind: source,
      url: 'http://front door/v',
      username: 'me',
      password: 'p@ss',
    });
  });

  it('leaves an @ behind the host alone', async () => {
    expect(await sourceOf({ source: 'stream', url: 'http://cam/a@b' })).toMatchObject({ url: 'http://cam/a@b' });
    expect(await sourceOf({ source: 'stream', url: '/clips/a@b.mp4' })).toMatchObject({ url: '/clips/a@b.mp4' });
  });

  it('does not repeat a password that it cannot decode', async () => {
    const error: unknown = await sourceOf({ source: 'stream', url: 'rtsp://me:50%off@cam/' }).catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({ code: 'INVALID_OPTION' });
    expect(String(error)).not.toContain('50%off');
  });

  it('reads an upload', async () => {
    const settings = parseStreamSettings({ source: 'upload', path: '/a.mp4', processing: 'realtime' }, {}, 'id1');
    expect(await resolveSource(settings.source, scope)).toEqual({
      source: { kind: 'upload', path: '/a.mp4', frames: 'data' },
      realtimeProcessing: true,
    });
  });

  it.each([
    ['url', { source: 'stream' }],
    ['url', { source: 'server-rtsp' }],
    ['url', { source: 'server-mjpeg', url: ' ' }],
    ['source', { source: 'carrier pigeon' }],
    ['path', { source: 'upload', path: ' ' }],
    ['width', { width: 4 }],
    ['fps', { fps: 'x' }],
    ['start', { start: 'never' }],
  ])('refuses a wrong "%s"', (field, config) => {
    expect(() => parseStreamSettings(config, {}, 'id1')).toThrow(invalid(field));
  });
});

describe('parseOnDataSettings and parseOnFrameSettings', () => {
  it('read fields, boxes and filter', () => {
    expect(parseOnDataSettings({ fields: ['a', ' b '], wholeDictionary: true, stream: ' yard ' })).toEqual({
      stream: 'yard',
      fields: [
        { path: 'a', segments: ['a'], emission: 'always' },
        { path: 'b', segments: ['b'], emission: 'always' },
      ],
      wholeDictionary: true,
      frameErrors: false,
      endOfStream: false,
      buffers: false,
      shapes: false,
      acknowledgement: { kind: 'at-once' },
    });
    expect(parseOnFrameSettings({ format: 'bgr24' })).toEqual({
      stream: '',
      format: 'bgr24',
      jpegQuality: 4,
      fit: undefined,
      pacing: { kind: 'every' },
      shapesFrom: [],
      acknowledgement: { kind: 'at-once' },
    });
  });

  it('read a size to fit into, of which one side may be free, and say when a picture is worth making', () => {
    const read = (config: object) => frameWants(parseOnFrameSettings(config));
    expect(read({ fitWidth: '640', fitHeight: '360.7' }).fit).toEqual({ width: 640, height: 360 });
    expect(read({ fitHeight: 90 }).fit).toEqual({ width: 8_192, height: 90 });
    expect(() => read({ fitWidth: 8 })).toThrow(invalid('fitWidth'));
    const paces = ['every', 'limit', 'request', 'in-flight'].map((pace) => read({ pace }).pace);
    const [every, asked] = [{ kind: 'every' }, { kind: 'request' }];
    expect(paces).toEqual([every, { kind: 'interval', intervalMs: 200 }, asked, asked]);
  });

  it.each([
    [{ pace: 'limit' }, { kind: 'rate', intervalMs: 200 }],
    [
      { pace: 'limit', perSecond: '0.5' },
      { kind: 'rate', intervalMs: 2_000 },
    ],
    [
      { pace: 'interval', everySeconds: 60 },
      { kind: 'rate', intervalMs: 60_000 },
    ],
    [{ pace: 'request' }, { kind: 'request', waitMs: 10_000 }],
    [
      { pace: 'in-flight', releaseSeconds: '3' },
      { kind: 'in-flight', releaseMs: 3_000 },
    ],
  ])('read the pace %o', (config, pacing) => {
    expect(parseOnFrameSettings(config).pacing).toEqual(pacing);
  });

  it.each([
    ['pace', { pace: 'sometimes' }],
    ['perSecond', { pace: 'limit', perSecond: '0' }],
    ['everySeconds', { pace: 'interval', everySeconds: 'x' }],
    ['waitSeconds', { pace: 'request', waitSeconds: 0 }],
    ['releaseSeconds', { pace: 'in-flight', releaseSeconds: -1 }],
  ])('refuse a wrong "%s"', (field, config) => {
    expect(() => parseOnFrameSettings(config)).toThrow(invalid(field));
  });

  it('read paths with their conditions, and names as the first version saved them', () => {
    const { fields } = parseOnDataSettings({ fields: [{ path: 'a.b[0]', emit: 'change' }, 'c'] });
    expect(fields).toEqual([
      { path: 'a.b[0]', segments: ['a', 'b', '0'], emission: 'change' },
      { path: 'c', segments: ['c'], emission: 'always' },
    ]);
    expect(parseOnDataSettings({ fields: 'a, b' }).fields.map(({ path }) => path)).toEqual(['a', 'b']);
  });

  it('read where the predictions stand that go along with pictures', () => {
    expect(parseOnFrameSettings({ shapesFrom: 'a.b' }).shapesFrom).toEqual(['a', 'b']);
    expect(() => parseOnFrameSettings({ shapesFrom: 'a..b' })).toThrow(invalid('shapesFrom'));
  });

  it('refuse a node that asks for nothing, and a picture format that is none', () => {
    expect(() => parseOnDataSettings({ fields: [] })).toThrow(invalid('fields'));
    expect(() => parseOnDataSettings({ fields: [{}] })).toThrow(invalid('fields'));
    expect(() => parseOnDataSettings({ fields: [7] })).toThrow(invalid('fields'));
    expect(() => parseOnDataSettings({ fields: ['a..b'] })).toThrow(invalid('fields'));
    expect(() => parseOnDataSettings({ fields: [{ path: 'a', emit: 'never' }] })).toThrow(invalid('emit'));
    expect(() => parseOnFrameSettings({ format: 'gif' })).toThrow(invalid('format'));
    expect(() => parseOnFrameSettings({ format: 'yuv420p' })).toThrow(invalid('format'));
    expect(() => parseOnFrameSettings({ quality: '101' })).toThrow(invalid('quality'));
  });
});
