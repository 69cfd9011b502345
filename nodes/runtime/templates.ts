/**
 * Mustache templates over message, flow, global and environment, with the look-up of the core template node: message
 * first, then `env.NAME`, `flow.key`, `global.key`, `flow[store].key`. Text comes out as it is (no HTML escaping: these
 * are addresses). A name that stands for nothing is refused: half an address would lead to the wrong camera.
 */
import mustache from 'mustache';
import type { TemplateSpans } from 'mustache';
import { SessionError } from '../../src/index';

/** Where names are looked up; `undefined` or null means unknown. */
export interface TemplateScope {
  message: unknown;
  environment(name: string): unknown;
  context(kind: 'flow' | 'global', key: string, store: string | undefined): Promise<unknown>;
}

/** Fills `template` in; `field` names it in messages. Rejects TEMPLATE_UNRESOLVED. */
export async function renderTemplate(template: string, field: string, scope: TemplateScope): Promise<string> {
  if (!template.includes('{{')) return template;
  try {
    const writer = new StrictWriter(field);
    const resolved = new Map<string, unknown>();
    for (const name of namesIn(writer.parse(template), field)) resolved.set(name, await outsideMessage(name, scope));
    return writer.render(template, new ScopeContext(scope.message, undefined, resolved));
  } catch (thrown) {
    if (thrown instanceof SessionError) throw thrown;
    const reason = thrown instanceof Error ? thrown.message : 'unknown reason';
    throw new SessionError('TEMPLATE_UNRESOLVED', `The template in "${field}" cannot be filled in: ${reason}.`, {
      cause: thrown,
      details: { field },
    });
  }
}

/** Every name a template uses, sections included. There are no partials here: one would vanish without a word. */
function namesIn(spans: TemplateSpans, field: string): Set<string> {
  const names = new Set<string>();
  for (const [kind, name, , , inner] of spans) {
    if (kind === '>') throw partial(name, field);
    if (kind !== 'text') names.add(name);
    if (Array.isArray(inner)) for (const nested of namesIn(inner, field)) names.add(nested);
  }
  return names;
}

function partial(name: string, field: string): SessionError {
  const message = `{{>${name}}} in "${field}" is a partial, which cannot be filled in here: write {{${name}}} for the value.`;
  return new SessionError('TEMPLATE_UNRESOLVED', message, { details: { field, name } });
}

async function outsideMessage(name: string, scope: TemplateScope): Promise<unknown> {
  const variable = /^env\.(.+)$/.exec(name)?.[1];
  if (variable !== undefined) return scope.environment(variable);
  const [, kind, store, key] = /^(flow|global)(?:\[([^\]]+)\])?\.(.+)$/.exec(name) ?? [];
  if (key === undefined) return undefined;
  return scope.context(kind === 'flow' ? 'flow' : 'global', key, store);
}

/** Message first, then what was fetched before rendering (context stores may be asynchronous, mustache is not). */
class ScopeContext extends mustache.Context {
  readonly #resolved: ReadonlyMap<string, unknown>;

  constructor(view: unknown, parent: mustache.Context | undefined, resolved: ReadonlyMap<string, unknown>) {
    super(view, parent);
    this.#resolved = resolved;
  }

  override push(view: unknown): ScopeContext {
    return new ScopeContext(view, this, this.#resolved);
  }

  override lookup(name: string): unknown {
    const own: unknown = super.lookup(name);
    if (own !== undefined) return own;
    if (name.startsWith('msg.')) return super.lookup(name.slice('msg.'.length));
    return this.#resolved.get(name);
  }
}

/** Refuses names without a value; sections may ask for one that is missing, that is what they are for. */
class StrictWriter extends mustache.Writer {
  readonly #field: string;

  override parse(template: string): TemplateSpans {
    return super.parse(template) as TemplateSpans;
  }

  constructor(field: string) {
    super();
    this.#field = field;
  }

  override escapedValue(token: string[], context: mustache.Context): string {
    return this.unescapedValue(token, context);
  }

  override unescapedValue(token: string[], context: mustache.Context): string {
    const name = token[1] ?? '';
    const value: unknown = context.lookup(name);
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return String(value);
    const found = value === undefined || value === null ? 'has no value' : 'is not text or a number';
    throw new SessionError(
      'TEMPLATE_UNRESOLVED',
      `{{${name}}} in "${this.#field}" ${found}: give it one in the message, the context or the environment before ` +
        'the stream starts.',
      { details: { field: this.#field, name } },
    );
  }
}
