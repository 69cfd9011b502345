import { describe, expect, it } from 'vitest';
import type { SessionError } from '../../../src/errors';
import { SignallingClient } from '../../../src/signalling/client';
import type { InitialiseRequest } from '../../../src/signalling/initialise-request';
import { answering } from './http-server';
import type { PlannedAnswer } from './http-server';

const KEY = 'rf_very-secret-key-123';
const REQUEST: InitialiseRequest = {
  offerSdp: 'v=0',
  workflow: { kind: 'saved', workspaceName: 'acme', workflowId: 'count' },
};

/** Plays one answer over a real socket and returns the error that comes of it. */
async function refusal(answer: PlannedAnswer) {
  const server = await answering(answer);
  const client = new SignallingClient({ server: { url: server.url, apiKey: KEY }, timeoutMs: 5_000 });
  try {
    return await client.initialise(REQUEST, new AbortController().signal).then(
      () => expect.fail('the request was accepted'),
      (thrown: unknown) => thrown,
    );
  } finally {
    await client.close();
    await server.close();
  }
}

const PAGE = '<!DOCTYPE html>\n<html><head><title>Inference</title></head><body>hello</body></html>';
const INTERNAL = { message: 'Internal error.' };

interface Row {
  name: string;
  answer: PlannedAnswer;
  code: string;
  retry: boolean;
  message: RegExp;
  retryAfterMs?: number;
}

const rows: Row[] = [
  {
    name: '400 for an output that does not exist',
    answer: {
      status: 400,
      body: {
        message: "Invalid data_output fields: ['cuont']. Available workflow outputs: ['count', 'image']",
        error_type: 'WebRTCConfigurationError',
      },
    },
    code: 'OUTPUT_UNKNOWN',
    retry: false,
    message: /field names of on-data.*It offers: count, image\..*cuont/,
  },
  {
    name: '400 for a region that cannot be used',
    answer: { status: 400, body: { message: 'Region moon is not valid', error_type: 'WebRTCConfigurationError' } },
    code: 'REQUEST_REFUSED',
    retry: false,
    message: /Region moon/,
  },
  {
    name: '400 without a key',
    answer: { status: 400, body: { message: 'Required Roboflow API key is missing.' } },
    code: 'API_KEY_REJECTED',
    retry: false,
    message: /enter a valid key/,
  },
  {
    name: '400 without a reason',
    answer: { status: 400, body: '' },
    code: 'REQUEST_REFUSED',
    retry: false,
    message: /HTTP 400/,
  },
  {
    name: '401 of the platform',
    answer: { status: 401, body: { message: 'Unauthorized access to roboflow API' } },
    code: 'API_KEY_REJECTED',
    retry: false,
    message: /missing or was rejected.*The server said: “Unauthorized access/,
  },
  {
    name: '401 of the middleware',
    answer: { status: 401, body: { status: 401, message: `Unauthorized api_key: ${KEY}` } },
    code: 'API_KEY_REJECTED',
    retry: false,
    message: /Unauthorized/,
  },
  {
    name: '402',
    answer: { status: 402, body: { message: 'Not enough credits', error_type: 'CreditsExceededError' } },
    code: 'CREDITS_EXCEEDED',
    retry: false,
    message: /credits/,
  },
  {
    name: '403',
    answer: { status: 403, body: INTERNAL },
    code: 'API_KEY_FORBIDDEN',
    retry: false,
    message: /permission/,
  },
  { name: '423', answer: { status: 423, body: INTERNAL }, code: 'API_KEY_FORBIDDEN', retry: false, message: /paused/ },
  {
    name: '404 of the platform',
    answer: { status: 404, body: { message: 'Requested Roboflow resource not found. Make sure…' } },
    code: 'WORKFLOW_NOT_FOUND',
    retry: false,
    message: /check both names.*resource not found/,
  },
  {
    name: '404 of a web framework',
    answer: { status: 404, body: { detail: 'Not Found' } },
    code: 'ROUTE_MISSING',
    retry: false,
    message: /no WebRTC route/,
  },
  {
    name: '404 of a web page',
    answer: { status: 404, headers: { 'content-type': 'text/html' }, body: PAGE },
    code: 'ROUTE_MISSING',
    retry: false,
    message: /no WebRTC route[^<]*$/,
  },
  { name: '404 with nothing', answer: { status: 404 }, code: 'ROUTE_MISSING', retry: false, message: /check the URL/ },
  {
    name: '405',
    answer: { status: 405, body: { detail: 'Method Not Allowed' } },
    code: 'ROUTE_MISSING',
    retry: false,
    message: /Method Not Allowed/,
  },
  {
    name: '405 of a web page',
    answer: { status: 405, body: PAGE },
    code: 'ROUTE_MISSING',
    retry: false,
    message: /\)[^<]*$/,
  },
  {
    name: '422',
    answer: {
      status: 422,
      body: {
        detail: [
          { type: 'float_parsing', loc: ['body', 'declared_fps'], msg: 'Input should be a number', input: KEY },
          {
            type: 'missing',
            loc: ['body', 'webrtc_offer'],
            msg: 'Field required',
            input: { api_key: KEY, hidden: 'x1y2' },
          },
          { type: 'value_error', loc: ['body', 'rtsp_url'], msg: 'Value error, x1y2 is bad', input: 'x1y2' },
        ],
      },
    },
    code: 'REQUEST_REFUSED',
    retry: false,
    message: /declared_fps: Input should be a number; webrtc_offer: Field required; rtsp_url: has a value/,
  },
  {
    name: '429',
    answer: { status: 429, body: { message: 'Workspace stream quota', error_type: 'WorkspaceStreamQuotaError' } },
    code: 'QUOTA_EXCEEDED',
    retry: true,
    retryAfterMs: 60_000,
    message: /stop one of them/,
  },
  {
    name: '429 that asks for more patience',
    answer: { status: 429, headers: { 'retry-after': '120' } },
    code: 'QUOTA_EXCEEDED',
    retry: true,
    retryAfterMs: 120_000,
    message: /Too many streams/,
  },
  {
    name: '500 for a workflow that does not compile',
    answer: {
      status: 500,
      body: {
        message: 'Reference to $steps.x not found',
        error_type: 'WorkflowError',
        context: null,
        inner_error_type: null,
        inner_error_message: 'None',
      },
    },
    code: 'WORKFLOW_INVALID',
    retry: false,
    message: /cannot be run.*Reference to/,
  },
  {
    name: 'a bare 500',
    answer: { status: 500, body: INTERNAL },
    code: 'SERVER_ERROR',
    retry: true,
    message: /look at its log.*Internal error/,
  },
  {
    name: 'a 500 in plain text',
    answer: { status: 500, body: 'Internal Server Error' },
    code: 'SERVER_ERROR',
    retry: true,
    message: /Internal Server Error/,
  },
  {
    name: '502',
    answer: { status: 502, body: INTERNAL },
    code: 'SERVER_ERROR',
    retry: true,
    message: /plan and region/,
  },
  {
    name: '503 with a pause',
    answer: { status: 503, headers: { 'retry-after': '1' }, body: INTERNAL },
    code: 'SERVER_BUSY',
    retry: true,
    retryAfterMs: 1_000,
    message: /busy/,
  },
  { name: '503 of a web page', answer: { status: 503, body: PAGE }, code: 'SERVER_BUSY', retry: true, message: /busy/ },
  {
    name: '504',
    answer: { status: 504, body: { message: 'Timeout when attempting to connect to Roboflow API.' } },
    code: 'SERVER_TIMEOUT',
    retry: true,
    message: /check that address.*Timeout when/,
  },
  {
    name: 'a status nobody knows',
    answer: { status: 418, body: 'teapot' },
    code: 'REQUEST_REFUSED',
    retry: false,
    message: /teapot/,
  },
  { name: 'a 5xx nobody knows', answer: { status: 599 }, code: 'SERVER_ERROR', retry: true, message: /HTTP 599/ },
  {
    name: 'a redirect',
    answer: { status: 308, headers: { location: 'https://example.org/initialise_webrtc_worker?api_key=x1y2' } },
    code: 'SERVER_ANSWER_INVALID',
    retry: false,
    message: /redirects to https:\/\/example.org /,
  },
];

describe('a refusal of the server', () => {
  it.each(rows)('$name becomes $code', async ({ answer, code, retry, retryAfterMs, message }) => {
    const error = await refusal(answer);
    expect(error).toMatchObject({ code, retry, retryAfterMs, details: { status: answer.status } });
    expect(error).toMatchObject({ message: expect.stringMatching(message) as string });
    const everything = JSON.stringify([error, (error as Error).message]);
    expect(everything).not.toContain(KEY);
    expect(everything).not.toContain('x1y2');
    expect(everything).not.toContain('<');
  });

  it('names the blocks at fault of a workflow', async () => {
    const error = await refusal({
      status: 400,
      body: {
        message: 'Could not parse the workflow',
        error_type: 'WorkflowSyntaxError',
        context: 'workflow_compilation | engine_initialisation',
        inner_error_type: 'ValidationError',
        inner_error_message: '1 validation error for Step',
        blocks_errors: [
          {
            block_id: 'motion',
            block_type: 'roboflow_core/motion@v1',
            block_details: 'unknown type',
            property_name: 'threshold',
            property_details: 'must be a number',
            block_traceback: null,
          },
          {
            block_id: 'code',
            block_type: null,
            property_name: null,
            block_traceback: { traceback: `Traceback\n  File x\nNameError: ${KEY}`, error_line: 3, stdout: 'x1y2' },
          },
          'nonsense',
        ],
        python_blocks_output_streams: null,
      },
    });
    expect(error).toMatchObject({
      code: 'WORKFLOW_INVALID',
      retry: false,
      message: expect.stringContaining(
        'Block “motion” (roboflow_core/motion@v1), property “threshold”: must be a number. Block “code”: line 3: NameError: ***.',
      ) as string,
      details: {
        errorType: 'WorkflowSyntaxError',
        innerError: '1 validation error for Step',
        blocks: [
          { blockId: 'motion', blockType: 'roboflow_core/motion@v1', property: 'threshold', error: 'must be a number' },
          { blockId: 'code', blockType: null, property: null, error: 'line 3: NameError: ***' },
        ],
      },
    });
  });

  it('takes a pause that is given as a date, up to an hour', async () => {
    const later = (ms: number) => ({ 'retry-after': new Date(Date.now() + ms).toUTCString() });
    const soon = await refusal({ status: 503, headers: later(30_000) });
    expect((soon as SessionError).retryAfterMs).toBeGreaterThan(25_000);
    expect((soon as SessionError).retryAfterMs).toBeLessThanOrEqual(30_000);
    expect(await refusal({ status: 503, headers: later(1e9) })).toMatchObject({ retryAfterMs: 3_600_000 });
    expect(await refusal({ status: 503, headers: later(-1e9) })).toMatchObject({ retryAfterMs: 0 });
    expect(await refusal({ status: 503, headers: { 'retry-after': 'soon' } })).toMatchObject({
      retryAfterMs: undefined,
    });
  });

  it('keeps an endless sentence short', async () => {
    const error = await refusal({ status: 500, body: { message: 'x'.repeat(100_000) } });
    expect((error as Error).message.length).toBeLessThan(1_200);
  });
});
