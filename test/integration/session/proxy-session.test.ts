import { afterEach, describe, expect, it } from 'vitest';
import { tunnelTo } from '../../unit/signalling/connect-proxy';
import { answering } from '../../unit/signalling/http-server';
import { demo, demoOptions, library, Witness } from './support';

const NAMES = ['HTTP_PROXY', 'NO_PROXY'];
const before = NAMES.map((name) => [name, process.env[name]] as const);
const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const [name, value] of before) {
    if (value === undefined) Reflect.deleteProperty(process.env, name);
    else process.env[name] = value;
  }
  for (const resource of open.splice(0)) await resource.close();
});

describe.each(['worker', 'none'] as const)(
  'with HTTP_PROXY in the environment, a session in a thread (%s)',
  (thread) => {
    it('signals through it to a server that only the proxy can find', async () => {
      const server = await answering({ status: 503 });
      const proxy = await tunnelTo(server.port);
      open.push(server, proxy);
      process.env['HTTP_PROXY'] = proxy.url;
      const options = demoOptions('', { server: { url: 'http://inference.test:9001' }, recovery: { enabled: false } });
      const session = new library.WebRTCSession(options, { thread });
      await expect(session.run()).rejects.toMatchObject({ code: 'SERVER_BUSY' });
      expect(proxy.asked).toEqual([{ host: 'inference.test:9001', login: undefined }]);
    });

    it('finds the built-in demo without it', async () => {
      process.env['HTTP_PROXY'] = 'http://127.0.0.1:9';
      const server = await demo.startDemoServer({});
      open.push(server);
      await using session = new library.WebRTCSession(demoOptions(server.url), { thread });
      const witness = new Witness(session);
      session.start();
      await witness.until(() => witness.data.length > 0);
    });
  },
);
