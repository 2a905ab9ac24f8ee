import type { X509Certificate } from 'node:crypto';

/**
 * The subject of a certificate as RFC 4514 writes it, e.g. `CN=plant-7,O=Acme`: the last name first. Node gives one name a line in the
 * order of the certificate, its values already escaped.
 */
export function subjectOf(certificate: X509Certificate): string {
  return certificate.subject.split('\n').toReversed().join(',');
}
