/** The name in a client certificate, by attribute; of an attribute that is there several times all values. */
export type CertificateNames = Readonly<Record<string, string | readonly string[] | undefined>>;

/** A certificate's subject as text (RFC 4514), the most specific part first, e.g. `CN=plant-7,O=Acme`. */
export function certificateSubject(names: CertificateNames): string {
  const parts = Object.entries(names).flatMap(([type, value]) =>
    (typeof value === 'string' ? [value] : (value ?? [])).map((one) => `${type}=${escaped(one)}`),
  );
  return parts.reverse().join(',');
}

function escaped(value: string): string {
  return value
    .replaceAll(/["+,;<>\\]/g, String.raw`\$&`)
    .replace(/^[ #]/, String.raw`\$&`)
    .replace(/ $/, String.raw`\ `)
    .replaceAll('\0', String.raw`\00`);
}
