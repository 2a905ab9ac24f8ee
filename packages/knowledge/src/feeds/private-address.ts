/** Addresses that are not of the public Internet: what a server must not be sent to by an address that somebody typed. */

import { BlockList, isIP } from 'node:net';

const notPublic = new BlockList();
// RFC 6890 and its successors: this host, private use, shared use, link-local, documentation, benchmarks, multicast, reserved.
for (const [network, prefix] of [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
] as const) {
  notPublic.addSubnet(network, prefix, 'ipv4');
}
for (const [network, prefix] of [
  ['::', 127],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001:db8::', 32],
  ['fc00::', 7],
  ['fe80::', 10],
  ['ff00::', 8],
] as const) {
  notPublic.addSubnet(network, prefix, 'ipv6');
}

/** Whether a numeric address is of this machine or of a network that is not public; what is no address counts as such. */
export function isPrivateAddress(address: string): boolean {
  const plain = address.replace(/^\[|\]$/g, '').replace(/%.*$/, '');
  const family = isIP(plain);
  if (family === 4) return notPublic.check(plain, 'ipv4');
  // An IPv4 address inside of an IPv6 one is checked by the list as what it is.
  return family === 6 ? notPublic.check(plain, 'ipv6') || /^64:ff9b::/i.test(plain) : true;
}
