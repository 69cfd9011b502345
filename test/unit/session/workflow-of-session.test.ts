import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/clock';
import type { SessionOptions, WorkflowOptions } from '../../../src/session/options';
import { WorkflowOfSession } from '../../../src/session/workflow-of-session';
import { cleanUpsAfterEach } from '../../clean-ups';
import { answering } from '../signalling/http-server';

const cleanUps = cleanUpsAfterEach();
const platform = (taskType: string) => answering({ body: { modelMetadata: { taskType } } }, cleanUps);

const optionsOf = (workflow: WorkflowOptions, platformUrl = 'http://127.0.0.1:9'): SessionOptions => ({
  server: { url: 'http://server', platformUrl, loopbackOnly: true },
  workflow,
  source: { kind: 'test-pattern' },
});

const CONTEXT = { clock: systemClock, signal: new AbortController().signal };

describe('the workflow that a session asks for', () => {
  it('is the named one as it is', async () => {
    const saved = { kind: 'saved', workspaceName: 'w', workflowId: 'i', workflowVersionId: '7' } as const;
    expect(await new WorkflowOfSession(optionsOf(saved)).requested(CONTEXT)).toEqual(saved);
  });

  it('of a model with a given task type is made without asking anyone', async () => {
    const server = await platform('classification');
    const workflow = { kind: 'model', modelId: ' m/1 ', taskType: 'keypoint-detection' } as const;
    const requested = await new WorkflowOfSession(optionsOf(workflow, server.url)).requested(CONTEXT);
    expect(requested).toMatchObject({
      kind: 'specification',
      specification: {
        steps: [
          { type: 'roboflow_core/roboflow_keypoint_detection_model@v2', model_id: 'm/1', images: '$inputs.image' },
        ],
      },
    });
    expect(server.requests).toEqual([]);
  });

  it('of a model asks for its task type once a session, however often it connects', async () => {
    const server = await platform('classification');
    const workflow = new WorkflowOfSession(optionsOf({ kind: 'model', modelId: 'm/1' }, server.url));
    await workflow.requested(CONTEXT);
    expect(await workflow.requested(CONTEXT)).toMatchObject({
      specification: { steps: [{ type: 'roboflow_core/roboflow_classification_model@v2' }] },
    });
    expect(server.requests).toHaveLength(1);
  });

  it('asks anew after a look-up that failed', async () => {
    const server = await platform('vlm');
    const workflow = new WorkflowOfSession(optionsOf({ kind: 'model', modelId: 'm/1' }, server.url));
    for (const attempt of [1, 2]) {
      await expect(workflow.requested(CONTEXT)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
      expect(server.requests).toHaveLength(attempt);
    }
  });

  it('refuses a model without a name', async () => {
    const workflow = new WorkflowOfSession(optionsOf({ kind: 'model', modelId: ' ' }));
    await expect(workflow.requested(CONTEXT)).rejects.toMatchObject({ details: { field: 'modelId' } });
  });
});
