import { describe, expect, it } from 'vitest';
import { isIceUrl, usableServers } from '../../../src/peer/ice-urls';

const LOGIN = { username: 'me', credential: 'word' };
const turn = (urls: string | string[]) => usableServers([{ urls, ...LOGIN }]).turn;

describe('usableServers', () => {
  it.each([
    ['turn:relay.example', 'relay.example', 3478, 'udp'],
    ['turn:relay.example:80?transport=tcp', 'relay.example', 80, 'tcp'],
    ['turn:10.0.0.1:3478?transport=udp', '10.0.0.1', 3478, 'udp'],
    ['TURNS:Relay.Example', 'relay.example', 5349, 'tls'],
    ['turns:relay.example:443?transport=tcp', 'relay.example', 443, 'tls'],
    ['turn:[2001:db8::1]:3478', '2001:db8::1', 3478, 'udp'],
    ['turn://relay.example', 'relay.example', 3478, 'udp'],
  ])('reads %s', (url, ...expected) => {
    const [host, port, transport] = expected;
    expect(turn(` ${url} `)).toEqual([{ url, host, port, transport, ...LOGIN }]);
    expect(isIceUrl(url)).toBe(true);
  });

  it.each([
    'turns:relay.example?transport=udp',
    'stun:relay.example?transport=tcp',
    'stuns:relay.example',
    'turn:me:word@relay.example',
    'turn:relay.example:70000',
    'turn:',
    'http://relay.example',
    '',
  ])('leaves "%s" out', (url) => {
    expect(usableServers([{ urls: url, ...LOGIN }])).toEqual({ stun: undefined, turn: [] });
    expect(isIceUrl(url)).toBe(false);
  });

  it('takes the first STUN server, and every TURN server once, up to four', () => {
    const urls = ['stun:one', 'turn:a', 'stun:two:99', 'turn:a', 'turn:b', 'turn:c', 'turn:d', 'turn:e'];
    const { stun, turn: relays } = usableServers([{ urls, ...LOGIN }]);
    expect(stun).toEqual({ host: 'one', port: 3478 });
    expect(relays.map(({ host }) => host)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('cannot use a TURN server without user and password', () => {
    expect(usableServers([{ urls: 'turn:a' }, { urls: 'turn:b', username: 'me' }]).turn).toEqual([]);
  });
});
