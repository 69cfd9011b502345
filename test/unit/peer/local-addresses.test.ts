import { describe, expect, it } from 'vitest';
import { localAddresses } from '../../../src/peer/local-addresses';

const at = (address: string, internal = false) => ({ address, internal });
const TABLE = {
  lo: [at('127.0.0.1', true), at('::1', true)],
  wlan0: [at('10.0.0.7'), at('2001:db8::7')],
  eth0: [at('192.168.1.5'), at('fe80::1'), at('2001:db8::5')],
  usb0: [at('169.254.3.4')],
  tun0: [at('10.8.0.2')],
  gone: undefined,
};

describe('localAddresses', () => {
  it('takes the usual ones: no loopback, no link-local address, no tunnel; IPv4 first', () => {
    expect(localAddresses(TABLE, {})).toEqual(['192.168.1.5', '10.0.0.7', '2001:db8::5', '2001:db8::7']);
  });

  it('leaves IPv6 out when it is off', () => {
    expect(localAddresses(TABLE, { ipv6: false })).toEqual(['192.168.1.5', '10.0.0.7']);
  });

  it('takes what is named, by interface or address, whatever it is', () => {
    expect(localAddresses(TABLE, { interfaces: ['wlan0'] })).toEqual(['10.0.0.7', '2001:db8::7']);
    expect(localAddresses(TABLE, { interfaces: [' 192.168.1.5', 'tun0'] })).toEqual(['192.168.1.5', '10.8.0.2']);
    expect(localAddresses(TABLE, { interfaces: ['LO'], ipv6: false })).toEqual(['127.0.0.1']);
    expect(localAddresses(TABLE, { interfaces: ['usb0'] })).toEqual(['169.254.3.4']);
    expect(localAddresses(TABLE, { interfaces: ['2001:DB8::7'] })).toEqual(['2001:db8::7']);
  });

  it('gives nothing for an interface that is not there', () => {
    expect(localAddresses(TABLE, { interfaces: ['eth'] })).toEqual([]);
  });
});
