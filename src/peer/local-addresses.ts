/** The machine's interfaces and the author's filter -> the addresses a connection may use. Pure. */
import { isIPv6 } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';

/** Which interfaces and families may be used. */
export interface AddressRules {
  /** Default true. */
  ipv6?: boolean;
  /** Names (`eth0`) or addresses (`192.168.1.5`) of interfaces; left out or empty: all usual ones. */
  interfaces?: readonly string[];
}

/** As `os.networkInterfaces()` gives it. */
export type InterfaceTable = NodeJS.Dict<Pick<NetworkInterfaceInfo, 'address' | 'internal'>[]>;

/** Tunnels and the inner ends of virtual machines: usable, but only where they are named. */
const UNUSUAL = /^(ipsec|tun|utun|tap|vmnet|veth)/;
/** RFC 3927 and RFC 4291 §2.5.6 */
const LINK_LOCAL = /^(169\.254\.|fe[89ab])/i;

/**
 * IPv4 first, by name of the interface. A named interface is used whatever kind it is; without a filter loopback,
 * link-local addresses and tunnels are left out.
 */
export function localAddresses(table: InterfaceTable, { ipv6 = true, interfaces = [] }: AddressRules): string[] {
  const wanted = new Set(interfaces.map((text) => text.trim().toLowerCase()));
  const chosen = Object.entries(table)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .flatMap(([name, infos = []]) =>
      infos.filter(({ address, internal }) => {
        if (wanted.size > 0) return wanted.has(name.toLowerCase()) || wanted.has(address.toLowerCase());
        return !internal && !UNUSUAL.test(name) && !LINK_LOCAL.test(address);
      }),
    )
    .map(({ address }) => address);
  const [four, six] = [chosen.filter((address) => !isIPv6(address)), chosen.filter((address) => isIPv6(address))];
  // A link-local IPv6 address cannot be reached without the number of its interface, which candidates do not carry.
  return [...four, ...(ipv6 ? six.filter((address) => !LINK_LOCAL.test(address)) : [])];
}
