/**
 * The text fields of a session node that may hold templates: settings in, and, once a stream starts, settings with every
 * template filled in. Where the server is decides who gets the API key, so that what comes of it is judged like a dialog.
 */
import { redact, SessionError } from '../../src/index';
import type { WorkflowOptions } from '../../src/index';
import { present } from './present';
import { isServerUrl } from './session-settings';
import type { SessionSettings } from './session-settings';
import { renderTemplate } from './templates';
import type { TemplateScope } from './templates';

/** Rejects TEMPLATE_UNRESOLVED, or INVALID_OPTION for what cannot stand in its field. */
export async function resolveSessionTexts(settings: SessionSettings, scope: TemplateScope): Promise<SessionSettings> {
  const text = async (template: string, field: string): Promise<string> => {
    const filled = (await renderTemplate(template, field, scope)).trim();
    if (filled !== '') return filled;
    throw invalid(field, 'is empty once its template is filled in: give it a value before the stream starts');
  };
  const optional = (template: string | undefined, field: string): Promise<string | undefined> =>
    template === undefined ? Promise.resolve(undefined) : text(template, field);
  const { server, workflow } = settings;
  return {
    ...settings,
    server: server.kind === 'demo' ? server : { ...server, url: serverUrl(await text(server.url, 'url')) },
    workflow: await resolveNames(workflow, { text, optional }),
    ...present('imageInputName', await optional(settings.imageInputName, 'imageInput')),
    ...present('requestedPlan', await optional(settings.requestedPlan, 'plan')),
    ...present('requestedRegion', await optional(settings.requestedRegion, 'region')),
  };
}

interface Fill {
  text: (template: string, field: string) => Promise<string>;
  optional: (template: string | undefined, field: string) => Promise<string | undefined>;
}

async function resolveNames(
  workflow: SessionSettings['workflow'],
  { text, optional }: Fill,
): Promise<SessionSettings['workflow']> {
  switch (workflow.kind) {
    case 'saved': {
      const saved: WorkflowOptions = {
        kind: 'saved',
        workspaceName: await text(workflow.workspaceName, 'workspace'),
        workflowId: await text(workflow.workflowId, 'workflowId'),
        ...present('workflowVersionId', await optional(workflow.workflowVersionId, 'workflowVersion')),
      };
      return saved;
    }
    case 'model':
      return { ...workflow, modelId: await text(workflow.modelId, 'modelId') };
    case 'motion':
    case 'specification':
    case 'specification-from-flow':
      return workflow;
  }
}

function serverUrl(filled: string): string {
  if (isServerUrl(filled)) return filled.replace(/\/+$/, '');
  throw invalid('url', `became "${redact(filled)}", which is not an http or https address`);
}

function invalid(field: string, what: string): SessionError {
  return new SessionError('INVALID_OPTION', `webrtc-session: "${field}" ${what}.`, { details: { field } });
}
