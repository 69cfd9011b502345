/** A server that echoes the whole request, key included, in every error it has: nothing of the key may be heard. */
import { describe, expect, it } from 'vitest';
import { recordingServer } from './recording-server';
import { demoFlow, getNode, inbox, load, serveFlows } from './test-helper';

const KEY = 'rf_planted_key';

const cleanUps = serveFlows();

describe('an API key', () => {
  it('is heard nowhere, though the server echoes the request in each of its errors', async () => {
    const echo = (body: string) => ({ input: body, msg: `unusable: ${body}`, loc: ['body', KEY], type: 'missing' });
    const answers = [
      (body: string) => [422, { detail: [echo(body)] }],
      (body: string) => [401, { message: `Unauthorized api_key: ${KEY} in ${body}` }],
      (body: string) => [404, { message: `Requested Roboflow resource not found: ?api_key=${KEY} ${body}` }],
      (body: string) => [
        400,
        {
          message: `Could not parse ${body}`,
          error_type: 'WorkflowSyntaxError',
          inner_error_message: body,
          blocks_errors: [
            {
              block_id: 'model',
              block_type: `type of ${KEY}`,
              property_name: 'model_id',
              property_details: `no such model for ${KEY}`,
            },
          ],
        },
      ],
    ] as const;
    let asked = 0;
    const server = await recordingServer({
      '/initialise_webrtc_worker': ({ body }) => {
        const [status, answer] = answers[asked++ % answers.length]?.(body) ?? [500, {}];
        return [Number(status), answer];
      },
    });
    cleanUps.push(() => server.close());
    const session = {
      server: 'own',
      url: server.url,
      keyTransport: 'both',
      turnLookup: 'never',
      interfaces: '127.0.0.1',
    };
    await load(demoFlow({ width: 320, height: 180, start: 'message' }, [], session), { session: { apiKey: KEY } });
    for (const code of ['REQUEST_REFUSED', 'API_KEY_REJECTED', 'WORKFLOW_NOT_FOUND', 'WORKFLOW_INVALID']) {
      getNode('stream').receive({ action: 'start' });
      await inbox('errors').error(code);
    }
    const { error } = await inbox('errors').error('WORKFLOW_INVALID');
    expect((error as Error).message).toMatch(/Block “model” .*property “model_id”: no such model for \*\*\*/);
    expect(server.initialised()).toHaveLength(4);
    expect(server.requests.every(({ body }) => body.includes(KEY))).toBe(true);
    const heard = [...inbox('states').messages, ...inbox('errors').messages];
    const texts = heard.map((message) => JSON.stringify([message, String(message['error'])]));
    expect(texts.filter((text) => text.includes(KEY) || text.includes('planted'))).toEqual([]);
  });
});
