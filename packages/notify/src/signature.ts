import { createHmac, timingSafeEqual } from 'node:crypto';

/** Name of the header that carries `t=<unix seconds>,v1=<hexadecimal HMAC-SHA256 of "<t>.<body>">`. */
export const signatureHeader = 'x-heliosiq-signature';

/** Signs a body at a moment (milliseconds since the epoch). */
export function sign(body: string, secret: string, atMs: number): string {
  const seconds = Math.floor(atMs / 1000);
  return `t=${seconds},v1=${digest(seconds, body, secret)}`;
}

/**
 * True when the header signs exactly this body with the secret, not longer than `toleranceS` (default 300) seconds away
 * from `nowMs`, so that a message recorded by others cannot be sent again later. Several `v1` may be given; one must fit.
 * Compares in constant time.
 */
export function verifySignature(
  header: string,
  body: string,
  options: { readonly secret: string; readonly nowMs: number; readonly toleranceS?: number },
): boolean {
  const parts = header.split(',').map((part) => part.trim().split('=', 2));
  const stamp = parts.find(([name]) => name === 't')?.[1];
  if (stamp === undefined || !/^\d{1,12}$/.test(stamp)) return false;
  const seconds = Number(stamp);
  if (Math.abs(options.nowMs / 1000 - seconds) > (options.toleranceS ?? 300)) return false;
  const expected = Buffer.from(digest(seconds, body, options.secret), 'hex');
  return parts.some(([name, value]) => {
    if (name !== 'v1' || value === undefined || !/^[0-9a-f]{64}$/.test(value)) return false;
    return timingSafeEqual(Buffer.from(value, 'hex'), expected);
  });
}

function digest(seconds: number, body: string, secret: string): string {
  return createHmac('sha256', secret).update(`${seconds}.`).update(body).digest('hex');
}
