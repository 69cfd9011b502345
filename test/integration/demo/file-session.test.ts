import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { type DemoServer, startDemoServer } from '../../../src/demo/demo-server';
import type { DemoFaults } from '../../../src/demo/faults';
import { type ClientOptions, DemoClient } from './demo-client';

const CLIPS = resolve('../shared/media');
const clip = (name: string): Promise<Buffer> => readFile(resolve(CLIPS, name));

const undo: (() => Promise<void>)[] = [];
const children = new Set<number>();

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
  expect([...children]).toEqual([]);
  expect(await uploadsLeftBehind()).toEqual([]);
});

async function uploadsLeftBehind(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.startsWith('inference-webrtc-upload-'));
}

async function setUp(
  options: Partial<ClientOptions> & { faults?: DemoFaults },
): Promise<{ server: DemoServer; client: DemoClient }> {
  const server = await startDemoServer({
    faults: options.faults ?? {},
    onChild: (pid, running) => (running ? children.add(pid) : children.delete(pid)),
  });
  undo.push(() => server.close());
  const client = new DemoClient(server.url, {
    video: 'none',
    channels: ['inference', 'video_upload'],
    ...options,
    fields: { webrtc_realtime_processing: false, data_output: ['motion', 'image'], ...options.fields },
  });
  undo.push(() => client.close());
  await client.connect();
  return { server, client };
}

if (!existsSync(CLIPS)) console.warn(`Skipped: the test clips are not in ${CLIPS}.`);

describe.skipIf(!existsSync(CLIPS))('a file session with the demo server', () => {
  it('gives exactly ten results with pictures for ten-frames.mp4, then the completion', async () => {
    const { client } = await setUp({});
    await client.upload(await clip('ten-frames.mp4'));
    const completion = await client.completion();
    const frames = client.messages.slice(0, -1);
    expect(frames.map(({ metadata }) => metadata.frame_id)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(frames.map(({ metadata }) => metadata.pts)).toEqual(frames.map((_, index) => index * 3000));
    expect(frames[9]?.metadata).toMatchObject({ width: 640, height: 480, declared_fps: 30 });
    for (const { outputs } of frames) {
      expect(outputs?.['image']).toMatchObject({ type: 'base64', video_metadata: { comes_from_video_file: true } });
    }
    expect(completion).toMatchObject({ headerFrameId: 11, terminationReason: null, metadata: { frame_id: 10 } });
    expect(completion.metadata.width).toBeNull();
    expect(client.lost).toBeUndefined();
  });

  it('returns all ten frames on a video track when one is asked for', async () => {
    const { client } = await setUp({
      video: 'recvonly',
      fields: { stream_output: ['image'], data_output: ['motion'] },
    });
    await client.upload(await clip('ten-frames.mp4'));
    await client.completion();
    await client.until(() => client.frames.length === 10);
    expect(client.messages).toHaveLength(11);
  });

  it('turns rotated pictures upright and tells the size before rotation', async () => {
    const { client } = await setUp({ fields: { data_output: ['image'] } });
    await client.upload(await clip('rotated.mp4'));
    await client.until(() => client.messages.length >= 1);
    const { metadata, outputs } = client.messages[0] ?? {};
    expect(metadata).toMatchObject({ width: 768, height: 576 });
    const { value } = outputs?.['image'] as { value: string };
    expect(jpegSize(Buffer.from(value, 'base64'))).toEqual({ width: 576, height: 768 });
  });

  it('keeps to the pace of the acknowledgements without losing a frame', async () => {
    const { client } = await setUp({ fields: { data_output: ['motion'] } });
    const upload = client.upload(await clip('street-bframes.mp4'));
    let acknowledged = 0;
    while (acknowledged < 431) {
      await client.until(() => client.messages.length > acknowledged);
      acknowledged = client.messages.length;
      client.control({ ack: acknowledged });
    }
    await upload;
    expect(await client.completion()).toMatchObject({ headerFrameId: 432, metadata: { frame_id: 431 } });
    expect(client.messages.map(({ headerFrameId }) => headerFrameId)).toEqual(
      Array.from({ length: 432 }, (_, index) => index + 1),
    );
  });

  it('plays at the pace of the file in realtime', async () => {
    const { client } = await setUp({ fields: { webrtc_realtime_processing: true, data_output: [] } });
    await client.upload(await clip('rotated.mp4'));
    await client.until(() => client.messages.length >= 1);
    const startedAt = performance.now();
    await client.completion();
    // 30 frames at 10 a second.
    expect(performance.now() - startedAt).toBeGreaterThan(2_000);
  });

  it('echoes keepalives, and not when told to keep still', async () => {
    const { client, server } = await setUp({});
    client.peer.send('video_upload', Buffer.from([7]));
    await client.until(() => client.pongs.length === 1);
    expect(client.pongs).toEqual([Buffer.from([7])]);
    server.setFaults({ noPingEcho: true });
    client.peer.send('video_upload', Buffer.from([8]));
    await client.upload(await clip('ten-frames.mp4'));
    await client.completion();
    expect(client.pongs).toHaveLength(1);
  });

  it('ends an undecodable file like an empty one', async () => {
    const { client } = await setUp({});
    await client.upload(Buffer.from('#EXTM3U\n#EXTINF:1,\n/etc/passwd\n'));
    expect(await client.completion()).toMatchObject({ headerFrameId: 1, metadata: { frame_id: 0 } });
  });

  it('never completes when told so, and frees everything when the client leaves', async () => {
    const { client, server } = await setUp({ faults: { neverCompletes: true } });
    await client.upload(await clip('pedestrians.mp4'));
    await client.until(() => client.messages.length >= 20);
    await client.close();
    while (server.sessions > 0) await new Promise((done) => setTimeout(done, 10));
    expect([...children]).toEqual([]);
    expect(client.messages.some(({ processingComplete }) => processingComplete)).toBe(false);
  });

  it('cuts 80x80 pictures', async () => {
    const specification = {
      version: '1.0',
      inputs: [{ type: 'InferenceImage', name: 'image' }],
      steps: [
        {
          ...{ type: 'roboflow_core/absolute_static_crop@v1', name: 'crop', images: '$inputs.image' },
          ...{ x_center: 320, y_center: 240, width: 80, height: 80 },
        },
      ],
      outputs: [{ type: 'JsonField', name: 'crop', selector: '$steps.crop.crops' }],
    };
    const { client } = await setUp({ specification, fields: { data_output: ['crop'] } });
    await client.upload(await clip('ten-frames.mp4'));
    await client.completion();
    const { value } = client.messages[4]?.outputs?.['crop'] as { value: string };
    expect(jpegSize(Buffer.from(value, 'base64'))).toEqual({ width: 80, height: 80 });
  });

  it('sees people move in pedestrians.mp4', async () => {
    const { client } = await setUp({ fields: { data_output: ['motion', 'predictions'] } });
    await client.upload(await clip('pedestrians.mp4'));
    await client.completion();
    expect(client.messages).toHaveLength(301);
    const moving = client.messages.slice(30, 300).filter(({ outputs }) => outputs?.['motion'] === true);
    expect(moving.length).toBeGreaterThan(250);
  });
});

/** Size in the first frame header (SOF0) of a JPEG. */
function jpegSize(jpeg: Buffer): { width: number; height: number } {
  const header = jpeg.indexOf(Buffer.from([0xff, 0xc0]));
  return { height: jpeg.readUInt16BE(header + 5), width: jpeg.readUInt16BE(header + 7) };
}
