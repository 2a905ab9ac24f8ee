import { HeliosError } from '@heliosiq/model';
import type { Principal, Role, TenantId } from '@heliosiq/model';

/** Who a request without a credential from this very machine is. For demonstrations only. */
export interface LoopbackSession {
  readonly tenantId: TenantId;
  readonly role: Role;
}

/** What of a request decides whether it is one of this machine's own. */
export interface RequestOrigin {
  readonly method: string;
  readonly remoteAddress: string | undefined;
  readonly localPort: number | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly isForwarded: boolean;
}

const loopbackAddresses = ['127.0.0.1', '::1', '::ffff:127.0.0.1'];
const loopbackNames = ['localhost', '127.0.0.1', '[::1]'];

/**
 * The session's principal for a request over loopback that was not forwarded and whose Host is loopback with our port;
 * undefined for others. The Host check is what stops DNS rebinding: a rebound page sends its own name. Throws
 * `forbidden` when another site's page wants to change something (Fetch Metadata, https://www.w3.org/TR/fetch-metadata/).
 */
export function loopbackPrincipal(session: LoopbackSession, request: RequestOrigin): Principal | undefined {
  const { method, remoteAddress, localPort, host, origin, fetchSite, isForwarded } = request;
  if (remoteAddress === undefined || !loopbackAddresses.includes(remoteAddress) || isForwarded) return undefined;
  const isOurHost = loopbackNames.some(
    (name) => host === `${name}:${localPort}` || (localPort === 80 && host === name),
  );
  if (!isOurHost) return undefined;
  const isSameSite = fetchSite === undefined || fetchSite === 'same-origin' || fetchSite === 'none';
  const isSameOrigin = origin === undefined || origin === `http://${host}`;
  if (!(isSameSite && isSameOrigin)) {
    if (method === 'GET' || method === 'HEAD') return undefined;
    throw new HeliosError('forbidden', 'A page of another site may not change things here', {
      field: 'origin',
      cure: 'Use the page that this server serves, or an API key',
    });
  }
  return { tenantId: session.tenantId, actor: 'loopback', role: session.role };
}
