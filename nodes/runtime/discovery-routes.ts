/** What the dialogs ask about the server of a session: does it work, which workflows are there, what does one give. */
import type { NodeAPI } from 'node-red';
import { describeWorkflow, listWorkflows, SessionError, testConnection } from '../../src/index';
import { adminRoute } from './admin-route';
import { discoveryRequest } from './discovery-request';
import type { DiscoveryRequest } from './discovery-request';
import { NewestCall } from './newest-call';

/** More dialogs than that are not open at once; each may wait half a minute for a server that is away. */
const MAX_CALLS = 8;

/** Call once a runtime. */
export function discoveryRoutes(RED: NodeAPI): void {
  const calls = new NewestCall();
  const route = (name: string, answer: (request: DiscoveryRequest, signal: AbortSignal) => Promise<unknown>): void => {
    adminRoute(
      RED,
      { method: 'post', path: `/inference-webrtc/session/${name}`, permission: 'webrtc-session.write' },
      async ({ body, signal }) => {
        if (calls.size >= MAX_CALLS) throw busy();
        return calls.run(`${name} ${String(body['id'])}`, signal, async (wanted) => {
          const request = await discoveryRequest(RED, body);
          try {
            return await answer(request, wanted);
          } finally {
            await request.release();
          }
        });
      },
    );
  };
  route('test', ({ workflow, options }, signal) => testConnection(workflow, { ...options, signal }));
  route('workflows', ({ options }, signal) => listWorkflows({ ...options, signal }));
  route('interface', ({ workflow, options }, signal) => {
    if (workflow === null) throw unknownWorkflow();
    return describeWorkflow(workflow, { ...options, signal });
  });
}

function busy(): SessionError {
  return new SessionError('INVALID_OPTION', 'Other servers are being asked: wait until they have answered.');
}

function unknownWorkflow(): SessionError {
  const message =
    'Inputs and outputs are known only when the workflow is: choose it first. One that comes from a message or a ' +
    'variable is not known before a stream starts: name its outputs by hand.';
  return new SessionError('INVALID_OPTION', message, { details: { field: 'workflow' } });
}
