import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type DemoServer, startDemoServer } from '../../../src/demo/demo-server';
import { DEMO_WORKFLOW_SPECIFICATION } from '../../../src/demo/demo-workflow';
import { FORCED_ANSWERS, type ForcedAnswer } from '../../../src/demo/error-answers';
import { SessionError } from '../../../src/errors';

let server: DemoServer;

beforeAll(async () => {
  server = await startDemoServer();
});

afterAll(async () => {
  await server.close();
});

interface Answer {
  status: number;
  body: Record<string, unknown>;
  headers: Headers;
}

async function call(path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer> {
  const response = await fetch(`${server.url}/${path}`, {
    ...(body === undefined ? {} : { method: 'POST', body: typeof body === 'string' ? body : JSON.stringify(body) }),
    headers: { 'content-type': 'application/json', ...headers },
  });
  return {
    status: response.status,
    body: (await response.json()) as Record<string, unknown>,
    headers: response.headers,
  };
}

/** Status of a GET whose `Host` is `host`; fetch does not let one choose it. */
function statusForHost(host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const asked = request(`${server.url}/info`, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    asked.on('error', reject).end();
  });
}

const DATA_ONLY_OFFER =
  'v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n';

function sessionBody(fields: Record<string, unknown> = {}, configuration?: Record<string, unknown>) {
  return {
    workflow_configuration: {
      type: 'WorkflowConfiguration',
      ...(configuration ?? { workflow_specification: DEMO_WORKFLOW_SPECIFICATION }),
    },
    webrtc_offer: { type: 'offer', sdp: DATA_ONLY_OFFER },
    stream_output: [],
    data_output: ['*'],
    ...fields,
  };
}

describe('the HTTP side of the demo server', () => {
  it('tells who it is and how it is', async () => {
    expect((await call('info')).body).toMatchObject({ version: '1.5.0', uuid: expect.any(String) as string });
    expect((await call('healthz')).body).toEqual({ status: 'healthy' });
    expect((await call('readiness')).body).toEqual({ status: 'ready' });
  });

  it('answers for this machine only', async () => {
    const { port } = new URL(server.url);
    expect(await statusForHost(`127.0.0.1:${port}`)).toBe(200);
    expect(await statusForHost('localhost')).toBe(200);
    expect(await statusForHost('evil.example')).toBe(403);
    expect(await statusForHost('127.0.0.1.evil.example')).toBe(403);
    expect((await call('info', undefined, { origin: 'https://evil.example' })).status).toBe(403);
  });

  it('answers 405 for routes and methods that it does not have', async () => {
    expect(await call('initialise_webrtc_worker')).toMatchObject({
      status: 405,
      body: { detail: 'Method Not Allowed' },
    });
    expect((await call('nothing', {})).status).toBe(405);
  });

  it('refuses what is not JSON, and bodies without end', async () => {
    expect((await call('workflows/validate', '{')).status).toBe(422);
    expect((await call('workflows/validate', '{}', { 'content-type': 'text/plain' })).status).toBe(422);
    const large = await call('workflows/validate', { text: 'x'.repeat(5 * 1024 * 1024) }).catch(() => undefined);
    // The connection may be cut while the client still sends.
    expect(large?.status ?? 413).toBe(413);
    expect((await call('info')).status).toBe(200);
  });

  it('answers what is nested too deeply to be echoed', async () => {
    const text = `{"rtsp_url":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;
    expect((await call('initialise_webrtc_worker', text)).status).toBe(500);
  });

  it('validates workflows', async () => {
    expect((await call('workflows/validate', DEMO_WORKFLOW_SPECIFICATION)).body).toEqual({ status: 'ok' });
    const unknown = { ...DEMO_WORKFLOW_SPECIFICATION, steps: [{ type: 'custom/block@v1', name: 'step' }] };
    const { status, body } = await call('workflows/validate', unknown);
    expect(status).toBe(400);
    expect(Object.keys(body)).toEqual([
      ...['message', 'error_type', 'context', 'inner_error_type', 'inner_error_message', 'blocks_errors'],
      ...['python_blocks_output_streams', 'python_blocks_debug_traces'],
    ]);
    expect(body).toMatchObject({
      error_type: 'WorkflowSyntaxError',
      inner_error_type: 'None',
      blocks_errors: [{ block_id: 'step', block_type: 'custom/block@v1', block_traceback: null }],
    });
  });

  it('answers a bad reference as a permanent 500', async () => {
    const spec = { ...DEMO_WORKFLOW_SPECIFICATION, steps: [] };
    expect(await call('workflows/validate', spec)).toMatchObject({
      status: 500,
      body: { error_type: 'WorkflowError', context: null },
    });
  });

  it('describes inline and saved workflows', async () => {
    const inline = await call('workflows/describe_interface', { specification: DEMO_WORKFLOW_SPECIFICATION });
    const saved = await call('demo/workflows/motion/describe_interface', { api_key: 'any' });
    expect(inline.status).toBe(200);
    expect(saved.body).toEqual(inline.body);
    expect((await call('demo/workflows/other/describe_interface', {})).status).toBe(404);
    expect((await call('workflows/describe_interface', {})).status).toBe(422);
  });
});

describe('refusals of the signalling POST', () => {
  const path = 'initialise_webrtc_worker';

  it('answers 422 with what is missing', async () => {
    const { status, body } = await call(path, { api_key: 'k' });
    expect(status).toBe(422);
    expect(body['detail']).toContainEqual({
      ...{ type: 'missing', loc: ['body', 'webrtc_offer'], msg: 'Field required', input: { api_key: 'k' } },
    });
  });

  it.each([
    ['data_output', ['motion', 'nothing']],
    ['stream_output', ['nothing']],
  ])('answers 400 with the valid names for an unknown %s', async (field, names) => {
    const { status, body } = await call(path, sessionBody({ [field]: names }));
    expect(status).toBe(400);
    expect(body).toMatchObject({ error_type: 'WebRTCConfigurationError' });
    expect(body['message']).toContain('predictions, motion, alarm, image');
  });

  it('answers 404 for a saved workflow it does not have and 500 for none at all', async () => {
    const missing = await call(path, sessionBody({}, { workspace_name: 'demo', workflow_id: 'nothing' }));
    expect(missing.status).toBe(404);
    expect(await call(path, sessionBody({}, {}))).toMatchObject({ status: 500, body: { message: 'Internal error.' } });
  });

  it('answers a bare 500 for an offer that cannot be used', async () => {
    for (const sdp of ['hello', 'v=0\r\n', DATA_ONLY_OFFER.replace('m=application', 'm=nothing')]) {
      const answer = await call(path, sessionBody({ webrtc_offer: { type: 'offer', sdp } }));
      expect(answer).toMatchObject({ status: 500, body: { message: 'Internal error.' } });
    }
    expect(server.sessions).toBe(0);
  });

  it.each([
    ['a camera that does not answer', 'rtsp://user:secret@127.0.0.1:1/cam'],
    ['a file of this machine', 'file:///etc/hostname'],
  ])('answers a bare 500 for %s, as the real server does', async (_, rtsp_url) => {
    const { status, body } = await call(path, sessionBody({ rtsp_url }));
    expect({ status, body }).toMatchObject({ status: 500, body: { message: 'Internal error.' } });
    expect(JSON.stringify(body)).not.toContain('secret');
    expect(server.sessions).toBe(0);
  });

  it.each(Object.keys(FORCED_ANSWERS) as ForcedAnswer[])('can be made to answer: %s', async (forcedAnswer) => {
    server.setFaults({ forcedAnswer, forcedAnswerTimes: 1 });
    const answer = await call(path, sessionBody());
    const expected = FORCED_ANSWERS[forcedAnswer];
    expect(answer).toMatchObject({ status: expected.status, body: expected.body });
    expect((await call(path, {})).status).toBe(422);
  });

  it('tells when to come back while it is busy', async () => {
    server.setFaults({ forcedAnswer: 'busy', forcedAnswerTimes: 1 });
    expect((await call(path, sessionBody())).headers.get('retry-after')).toBe('1');
  });

  it('answers late when told to', async () => {
    server.setFaults({ slowPostMs: 100 });
    const startedAt = performance.now();
    await call(path, {});
    expect(performance.now() - startedAt).toBeGreaterThan(95);
    server.setFaults({});
  });
});

describe('startDemoServer', () => {
  it('refuses other hosts, ports that are taken and faults that do not exist', async () => {
    const options: Record<string, unknown> = { host: '0.0.0.0' };
    const { port } = new URL(server.url);
    const faults: Record<string, unknown> = { partialFrame: [1] };
    for (const refused of [options, { port: Number(port) }, { faults }, { faults: { slowPostMs: -1 } }]) {
      const failure = await startDemoServer(refused).catch((thrown: unknown) => thrown);
      expect(failure).toBeInstanceOf(SessionError);
      expect(failure).toMatchObject({ code: 'INVALID_OPTION' });
    }
  });

  it('says how to get FFmpeg when there is none', async () => {
    const failure = startDemoServer({ ffmpegPath: '/nowhere/ffmpeg' });
    await expect(failure).rejects.toMatchObject({ code: 'FFMPEG_NOT_FOUND' });
  });

  it('starts no session for a POST that is still held up when it closes', async () => {
    const short = await startDemoServer({ faults: { slowPostMs: 60_000 } });
    const held = fetch(`${short.url}/initialise_webrtc_worker`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(sessionBody()),
    }).catch((thrown: unknown) => thrown);
    await fetch(`${short.url}/healthz`);
    await short.close();
    expect(await held).toBeInstanceOf(Error);
    expect(short.sessions).toBe(0);
  });

  it('closes twice', async () => {
    const short = await startDemoServer();
    await Promise.all([short.close(), short.close()]);
  });
});
