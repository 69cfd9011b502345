/** A client of the demo server made of the library's own parts: peer, message assembler, decoder-free frame count. */
import { controlMessage, type ControlChange } from '../../../src/channel/control-message';
import { MessageAssembler } from '../../../src/channel/message-assembler';
import { parseServerMessage, type ServerMessage } from '../../../src/channel/message';
import { uploadChunk, UPLOAD_CHUNK_BYTES } from '../../../src/channel/upload-chunks';
import { systemClock } from '../../../src/clock';
import { DEMO_WORKFLOW_SPECIFICATION } from '../../../src/demo/demo-workflow';
import type { SessionError } from '../../../src/errors';
import type { VideoCodec } from '../../../src/media/video';
import { createPeer, type Peer, type PeerOptions } from '../../../src/peer/peer';
import { VideoReceiver, type ReceivedFrame } from '../../../src/transport/video-receiver';

/** A message with the id of its header. */
export interface ReceivedMessage extends ServerMessage {
  headerFrameId: number | null;
}

/** What to connect with. */
export interface ClientOptions {
  video: PeerOptions['video'];
  channels?: string[];
  codecs?: VideoCodec[];
  /** Fields of the POST beside offer and workflow. */
  fields?: Record<string, unknown>;
  specification?: Record<string, unknown>;
}

/** Everything that came in, and ways to wait for more. */
export class DemoClient {
  readonly messages: ReceivedMessage[] = [];
  readonly malformed: unknown[] = [];
  readonly frames: ReceivedFrame[] = [];
  readonly pongs: (Buffer | string)[] = [];
  lost: SessionError | undefined;
  readonly peer: Peer;
  readonly #assembler = new MessageAssembler();
  readonly #receiver: VideoReceiver;
  readonly #open = new Set<string>();
  readonly #waiting = new Set<() => void>();

  readonly #url: string;
  readonly #options: ClientOptions;

  constructor(url: string, options: ClientOptions) {
    this.#url = url;
    this.#options = options;
    this.peer = createPeer({
      role: 'offerer',
      video: options.video,
      channels: options.channels ?? ['inference'],
      ...(options.codecs === undefined ? {} : { codecs: options.codecs }),
      loopbackOnly: true,
      clock: systemClock,
      events: {
        onConnected: () => this.#changed(),
        onLost: (error) => {
          this.lost = error;
          this.#changed();
        },
        onRtp: (codec, packet) => this.#receiver.push(codec, packet),
        onKeyframeRequest: () => undefined,
        onChannelOpen: (label) => {
          this.#open.add(label);
          this.#changed();
        },
        onChannelMessage: (label, data) => {
          if (label === 'inference') this.#receive(data);
          else this.pongs.push(data);
          this.#changed();
        },
        onChannelClosed: () => undefined,
      },
    });
    this.#receiver = new VideoReceiver({
      peer: this.peer,
      clock: systemClock,
      onFrame: (frame) => {
        this.frames.push(frame);
        this.#changed();
      },
    });
  }

  /** Offers, posts, and waits for the channels. */
  async connect(): Promise<void> {
    const response = await post(this.#url, await this.body());
    const { sdp } = (await response.json()) as { sdp: string };
    await this.peer.acceptAnswer(sdp);
    await this.until(() => (this.#options.channels ?? ['inference']).every((label) => this.#open.has(label)));
  }

  /** The body of the POST. */
  async body(): Promise<Record<string, unknown>> {
    const workflow_specification = this.#options.specification ?? DEMO_WORKFLOW_SPECIFICATION;
    return {
      workflow_configuration: { type: 'WorkflowConfiguration', workflow_specification, workflows_parameters: {} },
      webrtc_offer: { type: 'offer', sdp: await this.peer.createOffer() },
      stream_output: [],
      data_output: [],
      ...this.#options.fields,
    };
  }

  control(change: ControlChange): void {
    this.peer.send('inference', controlMessage(change));
  }

  /** Sends a whole file; waits while much is unsent. */
  async upload(file: Buffer): Promise<void> {
    const total = Math.ceil(file.length / UPLOAD_CHUNK_BYTES);
    for (let index = 0; index < total; index += 1) {
      const payload = file.subarray(index * UPLOAD_CHUNK_BYTES, (index + 1) * UPLOAD_CHUNK_BYTES);
      while (this.peer.bufferedBytes('video_upload') > 262_144) await tick();
      if (!this.peer.send('video_upload', uploadChunk(index, total, payload))) throw new Error('The upload broke off.');
    }
  }

  /** Resolves when `condition` holds; looked at after everything that comes in. */
  until(condition: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!condition()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
      look();
    });
  }

  /** The completion message, once it is there. */
  async completion(): Promise<ReceivedMessage> {
    await this.until(() => this.messages.some((message) => message.processingComplete));
    const found = this.messages.find((message) => message.processingComplete);
    if (found === undefined) throw new Error('There is no completion message.');
    return found;
  }

  async close(): Promise<void> {
    this.#receiver.close();
    await this.peer.close();
  }

  #receive(data: Buffer | string): void {
    try {
      const assembled = this.#assembler.push(data);
      if (assembled === undefined) return;
      const { headerFrameId, json } = assembled;
      this.messages.push({ ...parseServerMessage(json, headerFrameId), headerFrameId });
    } catch (thrown) {
      this.malformed.push(thrown);
    }
  }

  #changed(): void {
    for (const look of [...this.#waiting]) look();
  }
}

/** The signalling POST. */
export function post(url: string, body: unknown): Promise<Response> {
  return fetch(`${url}/initialise_webrtc_worker`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

function tick(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 2));
}
