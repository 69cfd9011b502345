import { describe, expect, it } from 'vitest';
import { offerFacts } from '../../../src/demo/offer-facts';
import { parseSessionRequest, type SessionRequest } from '../../../src/demo/session-request';

const BODY = {
  api_key: 'secret-key',
  workflow_configuration: { type: 'WorkflowConfiguration', workflow_specification: { version: '1.0' } },
  webrtc_offer: { type: 'offer', sdp: 'v=0' },
};

function accepted(body: unknown): SessionRequest {
  const parsed = parseSessionRequest(body);
  if (parsed.kind !== 'request') throw new Error(JSON.stringify(parsed.problems));
  return parsed.request;
}

function problems(body: unknown) {
  const parsed = parseSessionRequest(body);
  return parsed.kind === 'problems' ? parsed.problems : [];
}

describe('parseSessionRequest', () => {
  it('fills in the defaults of the protocol', () => {
    expect(accepted(BODY)).toEqual({
      offerSdp: 'v=0',
      workflow: { kind: 'specification', specification: { version: '1.0' } },
      imageInputName: 'image',
      parameters: {},
      realtime: true,
      streamOutput: null,
      dataOutput: [],
      declaredFps: null,
      processingTimeoutS: 3600,
      pullUrl: null,
    });
  });

  it('tells an explicit null time limit from a missing one', () => {
    expect(accepted({ ...BODY, processing_timeout: null }).processingTimeoutS).toBeNull();
    expect(accepted({ ...BODY, processing_timeout: 5 }).processingTimeoutS).toBe(5);
  });

  it('reads a saved workflow, and ignores fields it does not know', () => {
    const workflow_configuration = {
      ...{ type: 'WorkflowConfiguration', workspace_name: 'demo', workflow_id: 'motion' },
      ...{ cancel_thread_pool_tasks_on_exit: true },
    };
    const request = accepted({ ...BODY, workflow_configuration, manual_mode: true });
    expect(request.workflow).toEqual({ kind: 'saved', workspaceName: 'demo', workflowId: 'motion' });
  });

  it('names every missing field and echoes the body, as the real server does', () => {
    const found = problems({ api_key: 'secret-key' });
    expect(found).toContainEqual({
      ...{ type: 'missing', loc: ['body', 'webrtc_offer'], msg: 'Field required' },
      input: { api_key: 'secret-key' },
    });
    expect(found.map(({ loc }) => loc.join('.'))).toContain('body.workflow_configuration');
  });

  it.each([
    ['stream_output', 'image'],
    ['data_output', [1]],
    ['webrtc_realtime_processing', 'yes'],
    ['processing_timeout', 'long'],
    ['declared_fps', true],
    ['api_key', 5],
    ['workflow_configuration', { type: 'Other' }],
    ['webrtc_offer', { type: 'answer', sdp: '' }],
    ['webrtc_offer', 'v=0'],
  ])('refuses %s of the wrong type: %j', (field, value) => {
    const found = problems({ ...BODY, [field]: value });
    expect(found.some(({ loc }) => loc[1] === field)).toBe(true);
  });

  it('refuses a body that is no object', () => {
    expect(problems([])).not.toEqual([]);
    expect(problems(null)).not.toEqual([]);
  });
});

describe('offerFacts', () => {
  const sdp = (video: string): string => `v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n${video}`;
  const line = (direction: string) => `m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=${direction}\r\n`;

  it.each([
    ['sendrecv', { clientSends: true, clientReceives: true }],
    ['sendonly', { clientSends: true, clientReceives: false }],
    ['recvonly', { clientSends: false, clientReceives: true }],
    ['inactive', { clientSends: false, clientReceives: false }],
  ])('reads the direction %s', (direction, facts) => {
    expect(offerFacts(sdp(line(direction)))).toEqual(facts);
  });

  it('knows an offer without video from text that is no SDP', () => {
    const data = 'm=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\n';
    expect(offerFacts(sdp(data))).toEqual({ clientSends: false, clientReceives: false });
    expect(offerFacts('hello')).toBeUndefined();
    expect(offerFacts('')).toBeUndefined();
  });
});
