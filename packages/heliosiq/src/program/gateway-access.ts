import type { AuthenticatorDeps, GatewayDeps, TlsSettings } from '@heliosiq/gateway';
import type { Config } from '../config/settings.ts';

const bytesPerMiB = 2 ** 20;

/** What the server may take, and who is let in without a credential, as the configuration says. */
export function gatewayAccess(config: Config): Pick<GatewayDeps, 'loopbackSession' | 'settings' | 'tls'> {
  const tls = tlsOf(config);
  return {
    ...(config.loopbackSession ? { loopbackSession: { tenantId: config.tenant, role: 'admin' as const } } : {}),
    ...(tls === undefined ? {} : { tls }),
    settings: {
      bodyBytesMax: config.bodyMaxMiB * bytesPerMiB,
      wireBytesMax: config.bodyMaxMiB * bytesPerMiB,
      bodiesHeldBytesMax: Math.max(64, 2 * config.bodyMaxMiB) * bytesPerMiB,
      requestsPerMinute: config.requestsPerMinute,
    },
  };
}

/** Whose credentials are taken, as the configuration says. */
export function credentialsTaken(
  config: Config,
): Pick<AuthenticatorDeps, 'jwt' | 'clients' | 'badCredentialsPerMinute'> {
  const { jwtSecret, jwksUrl, jwtIssuer, jwtAudience, jwtTenantClaim, badCredentialsPerMinute } = config;
  const takesJwt =
    (jwtSecret !== undefined || jwksUrl !== undefined) && jwtIssuer !== undefined && jwtAudience !== undefined;
  return {
    clients: config.tlsClients,
    badCredentialsPerMinute,
    ...(takesJwt
      ? {
          jwt: {
            issuer: jwtIssuer,
            audience: jwtAudience,
            tenantClaim: jwtTenantClaim,
            ...(jwtSecret === undefined ? {} : { secret: jwtSecret }),
            ...(jwksUrl === undefined ? {} : { jwksUrl }),
          },
        }
      : {}),
  };
}

/** The files for TLS; undefined without a certificate. */
export function tlsOf({ tlsCertFile, tlsKeyFile, tlsClientCaFile }: Config): TlsSettings | undefined {
  if (tlsCertFile === undefined || tlsKeyFile === undefined) return undefined;
  return {
    certFile: tlsCertFile,
    keyFile: tlsKeyFile,
    ...(tlsClientCaFile === undefined ? {} : { clientCaFile: tlsClientCaFile }),
  };
}
