import type { GatewayDeps } from '@heliosiq/gateway';
import type { Config } from '../config/settings.ts';

const bytesPerMiB = 2 ** 20;

/** Who is let in and how much of it, as the configuration says. */
export function gatewayAccess(config: Config): Pick<GatewayDeps, 'jwt' | 'loopbackSession' | 'settings'> {
  const { jwtSecret, jwksUrl, jwtIssuer, jwtAudience, jwtTenantClaim, tenant } = config;
  const takesJwt =
    (jwtSecret !== undefined || jwksUrl !== undefined) && jwtIssuer !== undefined && jwtAudience !== undefined;
  return {
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
    ...(config.loopbackSession ? { loopbackSession: { tenantId: tenant, role: 'admin' as const } } : {}),
    settings: {
      bodyBytesMax: config.bodyMaxMiB * bytesPerMiB,
      wireBytesMax: config.bodyMaxMiB * bytesPerMiB,
      bodiesHeldBytesMax: Math.max(64, 2 * config.bodyMaxMiB) * bytesPerMiB,
      requestsPerMinute: config.requestsPerMinute,
    },
  };
}
