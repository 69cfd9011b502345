/** Passes TCP on to a port of this machine and keeps what clients say. */
import { connect, createServer } from 'node:net';

export interface TcpTap {
  port: number;
  /** All that clients have sent. */
  heard(): string;
  close(): Promise<void>;
}

export async function startTap(targetPort: number): Promise<TcpTap> {
  let heard = '';
  const server = createServer((client) => {
    const target = connect(targetPort, '127.0.0.1');
    client.on('data', (chunk) => (heard += chunk.toString('latin1')));
    client.pipe(target).pipe(client);
    for (const socket of [client, target]) socket.on('error', () => undefined);
    client.on('close', () => target.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return {
    port: address !== null && typeof address === 'object' ? address.port : 0,
    heard: () => heard,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
