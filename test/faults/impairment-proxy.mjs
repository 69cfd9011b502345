// Stands between a client and an inference server on 127.0.0.1: relays the signalling, rewrites the candidates of offer
// and answer to ports of its own, and spoils what passes there. Switches may change at any time.
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import http from 'node:http';

const HOST = '127.0.0.1';
/** A datagram of an IPv4 packet: 20 bytes of IP and 8 of UDP header are not in it. */
const HEADER_BYTES = 28;
/** What a bottleneck holds back before it drops, as a home router does. */
const QUEUE_MS = 300;

/** Everything off: what passes passes. Applies to both ways but for `upstreamBps`. */
export const CLEAN = {
  loss: 0, // share of datagrams
  duplicate: 0,
  corrupt: 0,
  reorder: 0, // share that is held back by 30 ms
  delayMs: 0,
  jitterMs: 0, // evenly spread on top
  mtu: Infinity, // IP packets above are dropped
  upstreamBps: Infinity,
  cut: false, // nothing passes, signalling neither
  answer: 'honest', // or 'nonsense', 'torn': what comes of the signalling
  answerDelayMs: 0,
};

/** mulberry32: the same losses in every run. */
function seededRandom(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One way of one session: `send` gets what survives, when it is its time. */
class Lane {
  #busyUntilMs = 0;

  constructor({ rules, random, counters, isUpstream, send }) {
    Object.assign(this, { rules, random, counters, isUpstream, send });
  }

  pass(datagram) {
    const rules = this.rules();
    this.counters.passed += 1;
    const tooLarge = datagram.length + HEADER_BYTES > rules.mtu;
    if (rules.cut || tooLarge || this.random() < rules.loss) return this.#drop(tooLarge);
    const spoiled = this.random() < rules.corrupt ? this.#corrupted(datagram) : datagram;
    const delayMs = this.#delay(rules, datagram.length);
    if (delayMs === undefined) return this.#drop(false);
    const copies = this.random() < rules.duplicate ? 2 : 1;
    for (let copy = 0; copy < copies; copy += 1) {
      if (delayMs < 1) this.send(spoiled);
      else setTimeout(() => this.send(spoiled), delayMs);
    }
  }

  #drop(tooLarge) {
    this.counters.dropped += 1;
    if (tooLarge) this.counters.tooLarge += 1;
  }

  #corrupted(datagram) {
    const spoiled = Buffer.from(datagram);
    spoiled[Math.floor(this.random() * spoiled.length)] ^= 1 << Math.floor(this.random() * 8);
    return spoiled;
  }

  /** Undefined: the bottleneck's queue is full. */
  #delay(rules, bytes) {
    const held = this.random() < rules.reorder ? 30 : 0;
    const own = rules.delayMs + held + this.random() * rules.jitterMs;
    if (!this.isUpstream || rules.upstreamBps === Infinity) return own;
    const now = performance.now();
    const startMs = Math.max(now, this.#busyUntilMs);
    if (startMs - now > QUEUE_MS) return undefined;
    this.#busyUntilMs = startMs + ((bytes + HEADER_BYTES) * 8_000) / rules.upstreamBps;
    return own + this.#busyUntilMs - now;
  }
}

const CANDIDATE = /^(a=candidate:\S+ \d+ udp \d+ )(\S+) (\d+)( .*)$/gim;

/** The first candidate's port, and the description with that candidate alone, at `port`. */
function redirected(sdp, port) {
  let original;
  const seen = new Set();
  const text = sdp.replace(CANDIDATE, (line, before, _address, candidatePort, after) => {
    original ??= Number(candidatePort);
    if (Number(candidatePort) !== original) return '';
    seen.add(line);
    return `${before}${HOST} ${port}${after}`;
  });
  return { sdp: text.replace(/(\r?\n)(?:\r?\n)+/g, '$1'), original };
}

async function udpSocket() {
  const socket = createSocket({ type: 'udp4', recvBufferSize: 2 ** 21, sendBufferSize: 2 ** 21 });
  socket.on('error', () => undefined);
  socket.bind(0, HOST);
  await once(socket, 'listening');
  return socket;
}

/** `target` may be changed (a server that moved). Resolves with the proxy, listening. */
export async function startImpairmentProxy({ target, seed = 1 }) {
  const proxy = { target, rules: { ...CLEAN }, counters: { passed: 0, dropped: 0, tooLarge: 0 }, requests: 0 };
  const random = seededRandom(seed);
  const sockets = new Set();

  /** Two sockets of one session: the server talks to `facingServer`, the client to `facingClient`. */
  async function relay(body) {
    const [facingServer, facingClient] = await Promise.all([udpSocket(), udpSocket()]);
    sockets.add(facingServer).add(facingClient);
    const offer = redirected(body.webrtc_offer.sdp, facingServer.address().port);
    const shared = { rules: () => proxy.rules, random, counters: proxy.counters };
    let serverPort;
    const up = new Lane({
      ...shared,
      isUpstream: true,
      send: (datagram) => serverPort && facingServer.send(datagram, serverPort, HOST, () => undefined),
    });
    const down = new Lane({
      ...shared,
      isUpstream: false,
      send: (datagram) => facingClient.send(datagram, offer.original, HOST, () => undefined),
    });
    facingClient.on('message', (datagram) => up.pass(datagram));
    facingServer.on('message', (datagram) => down.pass(datagram));
    return {
      offer: { ...body.webrtc_offer, sdp: offer.sdp },
      answer(sdp) {
        const answer = redirected(sdp, facingClient.address().port);
        serverPort = answer.original;
        return answer.sdp;
      },
    };
  }

  async function handle(request, response) {
    proxy.requests += 1;
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const { rules } = proxy;
    if (rules.cut) return request.socket.destroy();
    if (rules.answerDelayMs > 0) await new Promise((resolve) => setTimeout(resolve, rules.answerDelayMs));
    if (rules.answer === 'nonsense')
      return response.end('{"status":"success","sdp":"v=0\\r\\nnonsense","type":"answer"}');
    const headers = { 'content-type': 'application/json' };
    let body = chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : undefined;
    const lanes = body?.webrtc_offer === undefined ? undefined : await relay(body);
    if (lanes !== undefined) body = { ...body, webrtc_offer: lanes.offer };
    const init = { method: request.method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
    const answer = await fetch(`${proxy.target}${request.url}`, init);
    let text = await answer.text();
    if (lanes !== undefined && answer.ok) {
      const json = JSON.parse(text);
      text = JSON.stringify({ ...json, sdp: lanes.answer(json.sdp) });
    }
    response.writeHead(answer.status, { ...headers, 'content-length': Buffer.byteLength(text) });
    if (rules.answer !== 'torn') return response.end(text);
    response.write(text.slice(0, text.length / 2), () => request.socket.destroy());
  }

  const server = http.createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, HOST);
  await once(server, 'listening');
  proxy.url = `http://${HOST}:${server.address().port}`;
  proxy.impair = (rules) => (proxy.rules = { ...CLEAN, ...rules });
  proxy.close = async () => {
    for (const socket of sockets) socket.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return proxy;
}
