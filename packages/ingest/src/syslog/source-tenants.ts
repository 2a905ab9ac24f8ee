import { BlockList, isIP, isIPv6 } from 'node:net';
import { HeliosError } from '@heliosiq/model';
import type { TenantId } from '@heliosiq/model';

/** Tells the tenant of a sender's address; `undefined` when the table has none. */
export type SourceTenants = (address: string) => TenantId | undefined;

/**
 * Compiles a table of networks (`10.1.0.0/16`, `2001:db8::/32`) and single addresses; the narrowest that holds an
 * address decides. Throws `config-invalid` for what is none.
 */
export function compileSourceTenants(sources: Readonly<Record<string, TenantId>>): SourceTenants {
  const rows = Object.entries(sources)
    .map(([words, tenantId]) => {
      const [network = '', bits] = words.trim().split('/');
      const isSix = isIPv6(network);
      const width = isSix ? 128 : 32;
      const prefix = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) : Number.NaN;
      if (isIP(network) === 0 || !(prefix <= width)) {
        throw new HeliosError('config-invalid', `"${words}" is no network`, { cure: 'Write e.g. 10.1.0.0/16' });
      }
      const list = new BlockList();
      list.addSubnet(network, prefix, isSix ? 'ipv6' : 'ipv4');
      return { list, prefix: isSix ? prefix : prefix + 96, tenantId };
    })
    .toSorted((a, b) => b.prefix - a.prefix);
  return (address) => {
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    return rows.find(({ list }) => list.check(address, family))?.tenantId;
  };
}

/** An address without the dress that IPv4 wears on an IPv6 socket, and without a zone. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
}
