import { describe, expect, it } from 'vitest';
import { renderTemplate } from '../../../nodes/runtime/templates';
import type { TemplateScope } from '../../../nodes/runtime/templates';

const asked: string[] = [];
const scope: TemplateScope = {
  message: { payload: { camera: 'front', port: 8554, html: '<a & "b">', list: ['x'], zero: 0 }, topic: 'door' },
  environment: (name) => (name === 'CAM' ? 'cam-7' : undefined),
  context: (kind, key, store) => {
    asked.push(`${kind} ${key} ${store ?? '-'}`);
    const values: Record<string, unknown> = {
      'flow host': 'h1',
      'global site.name': 'S',
      'flow host file': 'stored',
      'flow host my-disk.1': 'disk',
    };
    return Promise.resolve(values[[kind, key, store].filter((part) => part !== undefined).join(' ')]);
  },
};

const render = (template: string) => renderTemplate(template, 'url', scope);

describe('renderTemplate', () => {
  it.each([
    ['rtsp://host/live', 'rtsp://host/live'],
    ['{{payload.camera}}', 'front'],
    ['{{msg.payload.camera}}', 'front'],
    ['rtsp://h:{{payload.port}}/{{topic}}', 'rtsp://h:8554/door'],
    ['{{payload.zero}}', '0'],
    ['{{flow.host}}', 'h1'],
    ['{{global.site.name}}', 'S'],
    ['{{flow[file].host}}', 'stored'],
    ['{{flow[my-disk.1].host}}', 'disk'],
    ['{{env.CAM}}', 'cam-7'],
    ['{{ env.CAM }}-{{{payload.camera}}}', 'cam-7-front'],
    ['{{#payload}}{{camera}}/{{env.CAM}}{{/payload}}', 'front/cam-7'],
    ['{{#payload.missing}}never{{/payload.missing}}{{^payload.missing}}else{{/payload.missing}}', 'else'],
    ['{{#payload.list}}{{.}}{{/payload.list}}', 'x'],
    ['a{{! a remark }}b', 'ab'],
  ])('fills %s in as %s', async (template, expected) => {
    expect(await render(template)).toBe(expected);
  });

  it('does not escape for HTML', async () => {
    expect(await render('{{payload.html}}')).toBe('<a & "b">');
  });

  it.each(['{{payload.nothing}}', '{{flow.nothing}}', '{{env.NOTHING}}', '{{global[file].nothing}}', '{{nothing}}'])(
    'refuses %s, which has no value, and names it',
    async (template) => {
      const name = template.slice(2, -2);
      await expect(render(`rtsp://host/${template}`)).rejects.toMatchObject({
        code: 'TEMPLATE_UNRESOLVED',
        details: { field: 'url', name },
      });
      await expect(render(template)).rejects.toThrow(template);
    },
  );

  it('refuses an object where text is needed', async () => {
    await expect(render('{{payload}}')).rejects.toMatchObject({ code: 'TEMPLATE_UNRESOLVED' });
  });

  it.each(['{{>topic}}', '{{#payload.list}}{{> topic }}{{/payload.list}}', '{{^topic}}{{>topic}}{{/topic}}'])(
    'refuses the partial in %s, which would vanish',
    async (template) => {
      await expect(render(template)).rejects.toMatchObject({
        code: 'TEMPLATE_UNRESOLVED',
        details: { field: 'url', name: 'topic' },
      });
    },
  );

  it('refuses a template that mustache cannot read', async () => {
    await expect(render('rtsp://{{payload.camera')).rejects.toMatchObject({ code: 'TEMPLATE_UNRESOLVED' });
    await expect(render('{{#a}}open')).rejects.toMatchObject({ code: 'TEMPLATE_UNRESOLVED' });
  });

  it('reports a context store that fails', async () => {
    const failing: TemplateScope = { ...scope, context: () => Promise.reject(new Error('disk is gone')) };
    await expect(renderTemplate('{{flow.host}}', 'url', failing)).rejects.toThrow('disk is gone');
  });

  it('prefers the message, as the core template node does', async () => {
    const shadowing: TemplateScope = { ...scope, message: { flow: { host: 'mine' } } };
    expect(await renderTemplate('{{flow.host}}', 'url', shadowing)).toBe('mine');
  });
});
