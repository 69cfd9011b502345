import { describe, expect, it } from 'vitest';
import { proxyFor } from '../../../src/signalling/proxy';

const ENVIRONMENT = { HTTPS_PROXY: 'http://secure:1', HTTP_PROXY: 'http://plain:2' };
const through = (url: string, more: Record<string, string> = {}) =>
  proxyFor(url, undefined, { ...ENVIRONMENT, ...more });

describe('proxyFor', () => {
  it('takes the proxy of the environment that fits the scheme, in either case, small letters first', () => {
    expect(through('https://server.example')).toBe('http://secure:1');
    expect(through('http://server.example:9001')).toBe('http://plain:2');
    expect(through('https://server.example', { https_proxy: 'http://small:3' })).toBe('http://small:3');
    expect(through('https://server.example', { https_proxy: 'small:3' })).toBe('http://small:3');
    expect(proxyFor('https://server.example', undefined, { HTTP_PROXY: 'http://plain:2' })).toBeUndefined();
    expect(proxyFor('https://server.example', undefined, {})).toBeUndefined();
  });

  it.each([
    'http://localhost:9001',
    'http://127.0.0.1:9001',
    'http://127.8.9.1',
    'http://[::1]:9001',
    'http://a.localhost',
  ])('reaches %s directly: the proxy would look on its own machine', (url) => {
    expect(through(url)).toBeUndefined();
  });

  it.each([
    ['*', true],
    ['server.example', true],
    ['other, example', true],
    ['.example', true],
    ['*.example other', true],
    ['SERVER.example', true],
    ['server.example:443', true],
    ['server.example:8443', false],
    ['erver.example', false],
    ['other', false],
    ['', false],
  ])('with NO_PROXY "%s" goes directly: %s', (rules, direct) => {
    expect(through('https://server.example', { NO_PROXY: rules }) === undefined).toBe(direct);
  });

  it('knows addresses in NO_PROXY', () => {
    expect(through('http://10.0.0.5:9001', { no_proxy: '10.0.0.5' })).toBeUndefined();
    expect(through('http://10.0.0.5:9001', { no_proxy: '0.0.5' })).toBeDefined();
    expect(through('http://[2001:db8::5]:9001', { no_proxy: '[2001:db8::5]:9001' })).toBeUndefined();
    expect(through('http://[2001:db8::5]:9001', { no_proxy: '2001:db8::5' })).toBeUndefined();
  });

  it('prefers the author’s proxy, with its own list of exceptions', () => {
    const proxy = { url: 'http://mine:8080', username: 'a b', password: 'p@:/', bypass: ['near.example'] };
    expect(proxyFor('https://server.example', proxy, { ...ENVIRONMENT, NO_PROXY: '*' })).toBe(
      'http://a%20b:p%40%3A%2F@mine:8080/',
    );
    expect(proxyFor('https://near.example', proxy, ENVIRONMENT)).toBeUndefined();
    expect(proxyFor('http://127.0.0.1', { url: 'http://mine:8080' }, {})).toBe('http://mine:8080');
  });

  it('takes none when the author wants none', () => {
    expect(proxyFor('https://server.example', null, ENVIRONMENT)).toBeUndefined();
  });
});
