import { describe, expect, it } from 'vitest';
import { parseSessionSettings } from '../../../nodes/runtime/session-settings';
import { resolveSessionTexts } from '../../../nodes/runtime/session-texts';
import type { SessionSettings } from '../../../nodes/runtime/session-settings';

function fill(config: object, payload: Record<string, unknown> = {}): Promise<SessionSettings> {
  return resolveSessionTexts(parseSessionSettings(config, { apiKey: 'rf_key' }), {
    message: { payload },
    environment: (name) => (name === 'REGION' ? 'eu' : undefined),
    context: (kind, key) => Promise.resolve(kind === 'flow' && key === 'site' ? 'north' : undefined),
  });
}

describe('text fields of a session', () => {
  const own = { server: 'own', url: 'http://{{payload.host}}:9001/', workflow: 'saved' };
  const saved = {
    workspace: '{{flow.site}}-team',
    workflowId: '{{payload.id}}',
    workflowVersion: 'v{{payload.version}}',
  };

  it('are filled in: server, workspace, workflow, version, picture input', async () => {
    const payload = { host: '10.0.0.7', id: 'count', version: 3, input: 'picture' };
    const settings = await fill({ ...own, ...saved, imageInput: '{{payload.input}}' }, payload);
    expect(settings).toMatchObject({
      server: { kind: 'own', url: 'http://10.0.0.7:9001', apiKey: 'rf_key' },
      workflow: { kind: 'saved', workspaceName: 'north-team', workflowId: 'count', workflowVersionId: 'v3' },
      imageInputName: 'picture',
    });
  });

  it('are filled in: model, plan and region of a hosted server', async () => {
    const hosted = { server: 'hosted', hostedUrl: 'https://serverless.roboflow.com', plan: 'webrtc-{{payload.plan}}' };
    const model = { workflow: 'model', modelId: '{{payload.model}}', region: '{{env.REGION}}' };
    expect(await fill({ ...hosted, ...model }, { plan: 'gpu-small', model: 'rfdetr-nano' })).toMatchObject({
      workflow: { kind: 'model', modelId: 'rfdetr-nano' },
      requestedPlan: 'webrtc-gpu-small',
      requestedRegion: 'eu',
    });
  });

  it('stay as they are without a template', async () => {
    const config = { server: 'demo', workflow: 'specification', specification: '{"steps":["{{x}}"]}' };
    expect(await fill(config)).toEqual(parseSessionSettings(config, {}));
  });

  it.each([
    { config: saved, payload: { version: 1 }, code: 'TEMPLATE_UNRESOLVED', field: 'workflowId' },
    { config: saved, payload: { version: 1, id: ' ' }, code: 'INVALID_OPTION', field: 'workflowId' },
    { config: { url: 'http://{{payload.at}}' }, payload: { at: ':no host' }, code: 'INVALID_OPTION', field: 'url' },
    { config: { url: '{{payload.at}}' }, payload: { at: 'file:///etc/passwd' }, code: 'INVALID_OPTION', field: 'url' },
  ])('are refused by name where nothing useful comes of them (%#)', async ({ config, payload, code, field }) => {
    const filled = fill({ ...own, ...saved, ...config }, { host: 'h', ...payload });
    await expect(filled).rejects.toMatchObject({ code, details: { field } });
  });
});
