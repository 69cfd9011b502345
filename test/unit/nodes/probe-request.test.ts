import type { NodeAPI } from 'node-red';
import { describe, expect, it } from 'vitest';
import { probeRequest } from '../../../nodes/runtime/probe-request';

const deployed = {
  type: 'webrtc-stream',
  credentials: { username: 'old', password: 'deployed-Secret' },
  context: () => ({
    flow: { get: (_key: string, _store: unknown, done: (...result: unknown[]) => void) => done(null, 'cam7') },
  }),
};
// The parts of Node-RED that are asked.
const RED = {
  nodes: { getNode: (id: string) => (id === 'stream' ? deployed : null) },
  util: { evaluateNodeProperty: (name: string) => (name === 'CAMERA' ? 'rtsp://cam1/live' : '') },
} as unknown as NodeAPI;

describe('probeRequest', () => {
  it('takes the password of the dialog, or the deployed one where the editor has none', async () => {
    const body = { id: 'stream', source: 'stream', url: 'rtsp://cam1/live', username: 'me' };
    const kept = await probeRequest(RED, { ...body, password: '__PWRD__' });
    expect(kept).toMatchObject({ url: 'rtsp://cam1/live', username: 'me', password: 'deployed-Secret' });
    expect(await probeRequest(RED, { ...body, password: 'typed' })).toMatchObject({ password: 'typed' });
    expect(await probeRequest(RED, { ...body, password: '' })).not.toHaveProperty('password');
    expect(await probeRequest(RED, { ...body, id: 'new', password: '__PWRD__' })).not.toHaveProperty('password');
  });

  it('fills variables and templates in as a deploy does', async () => {
    const ask = (fields: object) => probeRequest(RED, { id: 'stream', source: 'stream', ...fields });
    expect(await ask({ url: '${CAMERA}' })).toMatchObject({ url: 'rtsp://cam1/live' });
    expect(await ask({ url: 'rtsp://{{flow.host}}/live' })).toMatchObject({ url: 'rtsp://cam7/live' });
    await expect(ask({ url: '${NOTHING}' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(ask({ url: 'rtsp://{{payload.x}}' })).rejects.toMatchObject({ code: 'TEMPLATE_UNRESOLVED' });
  });

  it('reads a webcam and refuses what is not opened here', async () => {
    const webcam = { source: 'webcam', device: '/dev/video0', width: '640', height: '480', fps: '' };
    expect(await probeRequest(RED, webcam)).toEqual({
      ...{ kind: 'webcam', device: '/dev/video0', width: 640, height: 480, video: 'auto' },
    });
    await expect(probeRequest(RED, { ...webcam, height: '' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    await expect(probeRequest(RED, { source: 'upload', path: '/x' })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });
});
