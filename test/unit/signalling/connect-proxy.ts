/** A real HTTP proxy that tunnels (CONNECT) every host it is asked for to one port of this machine. */
import { createServer } from 'node:http';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { listen } from './http-server';

/** What it was asked for, and how one logged in. */
export interface Asked {
  host: string | undefined;
  login: string | undefined;
}

export async function tunnelTo(port: number) {
  const asked: Asked[] = [];
  const proxy = createServer().on('connect', (request, socket: Socket) => {
    asked.push({ host: request.url, login: request.headers['proxy-authorization'] });
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    for (const end of [onward, socket]) end.on('error', () => undefined);
    socket.on('close', () => onward.destroy());
  });
  const listening = await listen(proxy);
  return { url: `http://127.0.0.1:${listening.port}`, asked, close: listening.close };
}

/** As a proxy reads it. */
export const basic = (username: string, password: string): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
