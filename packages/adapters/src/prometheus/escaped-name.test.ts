import { describe, expect, it } from 'vitest';
import { escapedName, isPlainName, unescapedName } from './escaped-name.ts';

describe('an escaped name', () => {
  it('is the one that Prometheus itself makes', () => {
    expect(escapedName('http.status')).toBe('U__http_2e_status');
    expect(escapedName('mysystem.prod.west.cpu.load')).toBe('U__mysystem_2e_prod_2e_west_2e_cpu_2e_load');
    expect(escapedName('mysystem.prod_a')).toBe('U__mysystem_2e_prod__a');
    expect(escapedName('label with 😱')).toBe('U__label_20_with_20__1f631_');
  });

  it('is plain, and gives the name back', () => {
    for (const name of ['', 'a', 'a_b', '__name__', 'U__', 'U__x_2e_', '1st', 'ä b', '_2e_', '😱_', 'a:b', 'x__y']) {
      expect(isPlainName(`x${escapedName(name)}`, 'label')).toBe(true);
      expect(unescapedName(escapedName(name))).toBe(name);
    }
  });

  it('is told from names that only look like one', () => {
    for (const name of ['U_x', 'U__a_zz_', 'U__a_', 'up', 'http.status']) expect(unescapedName(name)).toBe(name);
    expect(isPlainName('U__x', 'label')).toBe(false);
  });
});
