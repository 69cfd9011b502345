import { once } from 'node:events';
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock';
import { DemoRoutes } from '../../../src/demo/demo-routes';
import { DEMO_WORKFLOW_SPECIFICATION } from '../../../src/demo/demo-workflow';
import { describeInterface } from '../../../src/demo/describe-interface';
import { listen } from '../../../src/demo/http-server';
import type { ListeningServer } from '../../../src/demo/http-server';
import { parseSessionRequest } from '../../../src/demo/session-request';
import { compileWorkflow, imageOutputs } from '../../../src/demo/workflow-compiler';
import type { CompiledWorkflow } from '../../../src/demo/workflow-compiler';
import { WorkflowRefusal } from '../../../src/demo/workflow-refusal';
import { WorkflowRun } from '../../../src/demo/workflow-run';
import { grey } from '../demo/grey-picture';
import { asText, bytes, damagedText, hostileFields, hostileJson, hostileText } from './hostile-inputs';
import { holds } from './holds';

const hostileName = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('image', 'motion', 'crop', 'size') },
  { weight: 2, arbitrary: fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty', '') },
  { weight: 1, arbitrary: fc.string() },
);
const selector = fc.oneof(
  fc.constantFrom(
    '$inputs.image',
    '$inputs.size',
    '$steps.motion.detections',
    '$steps.crop.crops',
    '$inputs.',
    '$steps',
  ),
  fc.tuple(hostileName, hostileName).map(([step, property]) => `$steps.${step}.${property}`),
);
const number = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom(0, -1, 99, 100, 2 ** 31, 2 ** 32 - 10, 2 ** 53, 1e300, 0.5, 5e-324) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 90 }) },
);
const property = fc.oneof(selector, number, hostileJson, fc.array(fc.tuple(number, number), { maxLength: 5 }));
const ofAnyKind = (name: string) => [name, property] as const;
const step = fc
  .tuple(
    fc.constantFrom(
      'roboflow_core/motion_detection@v1',
      'roboflow_core/bounding_box_visualization@v1',
      'roboflow_core/absolute_static_crop@v1',
      'roboflow_core/roboflow_object_detection_model@v2',
      '__proto__',
    ),
    hostileName,
    fc.record({ x_center: number, y_center: number, width: number, height: number }),
    fc.record(Object.fromEntries(['x_center', 'history', 'threshold', 'thickness', 'detection_zone'].map(ofAnyKind)), {
      requiredKeys: [],
    }),
    selector,
  )
  .map(([type, name, place, properties, predictions]) => ({
    ...{ type, name, ...place, ...properties, predictions, model_id: 'demo-object-detection' },
    ...{ image: '$inputs.image', images: '$inputs.image' },
  }));
const input = fc.record({
  type: fc.constantFrom('InferenceImage', 'WorkflowParameter', 'WorkflowVideoMetadata', 'Other'),
  name: fc.oneof(fc.constant('size'), hostileName),
  default_value: property,
});
/** Close to what is accepted, so that the depths of the compiler are reached. */
const plausible = fc.record({
  inputs: fc.array(input, { maxLength: 2 }).map((more) => [{ type: 'InferenceImage', name: 'image' }, ...more]),
  steps: fc.array(step, { maxLength: 4 }),
  outputs: fc.array(fc.record({ type: fc.constant('JsonField'), name: hostileName, selector }), { maxLength: 4 }),
});
const damagedDemo = damagedText([JSON.stringify(DEMO_WORKFLOW_SPECIFICATION)]).map(parsed);
const specification = fc.oneof(
  { weight: 5, arbitrary: plausible },
  { weight: 2, arbitrary: damagedDemo },
  { weight: 2, arbitrary: hostileFields(['version', 'inputs', 'steps', 'outputs']) },
  { weight: 1, arbitrary: hostileJson },
);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** `undefined`: refused, with a sentence of bounded size. */
function compiled(workflow: unknown): CompiledWorkflow | undefined {
  try {
    return compileWorkflow(workflow);
  } catch (thrown) {
    if (!(thrown instanceof WorkflowRefusal)) throw thrown;
    expect(thrown.message.length).toBeLessThan(10_000);
    return undefined;
  }
}

describe('a workflow that is sent to the demo server', () => {
  it('of any form is compiled or refused; what is compiled can be described', () =>
    holds(
      fc.property(specification, (workflow) => {
        const compiledWorkflow = compiled(workflow);
        if (compiledWorkflow === undefined) return;
        expect(imageOutputs(compiledWorkflow).length).toBeLessThanOrEqual(compiledWorkflow.outputs.length);
        const { status, body } = describeInterface(compiledWorkflow);
        expect([200, 400]).toContain(status);
        expect(asText(body).length).toBeLessThan(1_000_000);
      }),
    ));

  it('of any form runs on a picture, or fails on it with a sentence', () =>
    holds(
      fc.property(plausible, fc.dictionary(hostileName, property), (workflow, parameters) => {
        const accepted = compiled(workflow);
        if (accepted === undefined) return;
        const run = new WorkflowRun(accepted, { imageInputName: 'image', parameters });
        for (const level of [20, 200]) {
          try {
            expect(run.process(grey(64, 48, level))).toHaveLength(accepted.outputs.length);
          } catch (thrown) {
            expect(String(thrown)).toMatch(/^Error: /);
          }
        }
      }),
    ));
});

const sessionFields = hostileFields([
  ...['workflow_configuration', 'webrtc_offer', 'stream_output', 'data_output', 'declared_fps', 'processing_timeout'],
  ...['webrtc_realtime_processing', 'rtsp_url', 'mjpeg_url', 'api_key'],
]);
const configuration = hostileFields([
  ...['type', 'workflow_specification', 'workspace_name', 'workflow_id', 'image_input_name', 'workflows_parameters'],
]);
const sessionBody = fc
  .tuple(sessionFields, fc.option(configuration), fc.option(hostileFields(['type', 'sdp'])))
  .map(([fields, workflow, offer]) => ({
    ...fields,
    ...(workflow === null ? {} : { workflow_configuration: { ...workflow, type: 'WorkflowConfiguration' } }),
    ...(offer === null ? {} : { webrtc_offer: { sdp: 'v=0', ...offer, type: 'offer' } }),
  }));

describe('a request for a session', () => {
  it('of any form becomes a request whose fields have their types, or a list of problems', () =>
    holds(
      fc.property(fc.oneof(sessionBody, hostileJson), (body) => {
        const result = parseSessionRequest(body);
        if (result.kind === 'problems') {
          expect(result.problems.length).toBeGreaterThan(0);
          return;
        }
        const { offerSdp, streamOutput, dataOutput, declaredFps, processingTimeoutS, pullUrl } = result.request;
        expect(typeof offerSdp).toBe('string');
        for (const name of [...(streamOutput ?? []), ...dataOutput]) expect(typeof name).toBe('string');
        for (const value of [declaredFps, processingTimeoutS]) expect(['number', 'object']).toContain(typeof value);
        expect(pullUrl === null || typeof pullUrl === 'string').toBe(true);
      }),
    ));
});

describe('the HTTP server of the demo', () => {
  let server: ListeningServer;
  let routes: DemoRoutes;
  beforeAll(async () => {
    const ffmpeg = { path: 'none', origin: 'path' as const, version: '5.1', encoders: new Set<string>() };
    routes = new DemoRoutes({ ffmpeg, clock: systemClock, faults: {}, maxSessions: 8 });
    server = await listen(0, (method, segments) => routes.find(method, segments));
  });
  afterAll(async () => {
    await Promise.all([server.close(), routes.close()]);
  });

  /** All that comes back until the server closes. */
  async function answerTo(request: Buffer): Promise<string> {
    const socket = connect({ port: server.port, host: '127.0.0.1', allowHalfOpen: true });
    let text = '';
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.end(request);
    await once(socket, 'close');
    return text;
  }

  const post = (route: string, body: string): Buffer => {
    const head = ['Host: localhost', 'Content-Type: application/json', 'Connection: close'];
    const length = `Content-Length: ${Buffer.byteLength(body)}`;
    return Buffer.from(`${[`POST /${route} HTTP/1.1`, ...head, length].join('\r\n')}\r\n\r\n${body}`);
  };
  const route = fc.constantFrom('initialise_webrtc_worker', 'workflows/validate', 'workflows/describe_interface', 'x');

  it('answers every body, however it is made, and starts no session for it', () =>
    holds(
      fc.asyncProperty(
        route,
        fc.oneof(
          sessionBody.map(asText),
          specification.map((workflow) => asText({ specification: workflow })),
          specification.map(asText),
          hostileText,
          bytes().map((data) => data.toString('latin1')),
        ),
        async (path, body) => {
          const [head = '', ...rest] = (await answerTo(post(path, body))).split('\r\n\r\n');
          expect(head).toMatch(/^HTTP\/1\.1 [245]\d\d /);
          expect(JSON.parse(Buffer.from(rest.join('\r\n\r\n'), 'latin1').toString())).toBeTypeOf('object');
          expect(routes.sessions).toBe(0);
        },
      ),
      0.3,
    ));

  it('outlives every request that is none', () =>
    holds(
      fc.asyncProperty(
        damagedText([
          'GET /info HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n',
          'GET /models/v1/external/stat?modelId=%zz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n',
          post('workflows/validate', '{"a":1}').toString('latin1'),
        ]),
        async (request) => {
          const answer = await answerTo(Buffer.from(request, 'latin1'));
          expect(answer === '' || answer.startsWith('HTTP/1.1 ')).toBe(true);
        },
      ),
      0.3,
    ));
});
