import { HeliosError } from '@heliosiq/model';
import type { Principal, Role } from '@heliosiq/model';
import type { Meter } from '@heliosiq/ports';
import type { FastifyRequest } from 'fastify';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { authenticate } from '../auth/authenticate.ts';
import type { Doors } from '../auth/authenticate.ts';

export interface AdmissionDeps {
  readonly doors: Doors;
  readonly meter: Meter;
  readonly requestsPerMinute: number;
  readonly badCredentialsPerMinute: number;
}

const minuteS = 60;

/** Lets a request in: right credential, right role, within the tenant's rate. */
export function createAdmission({ doors, meter, requestsPerMinute, badCredentialsPerMinute }: AdmissionDeps) {
  const perTenant = new RateLimiterMemory({ points: requestsPerMinute, duration: minuteS });
  const perAddress = new RateLimiterMemory({ points: badCredentialsPerMinute, duration: minuteS });
  const limited = meter.counter({
    name: 'heliosiq_http_rate_limited_total',
    help: 'Requests refused because of their rate, by what was limited.',
    labels: ['limit'],
  });

  async function consume(limiter: RateLimiterMemory, key: string, limit: string): Promise<void> {
    try {
      await limiter.consume(key);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      limited.add(1, { limit });
      throw new HeliosError('rate-limited', 'More requests than the limit of a minute', {
        cure: 'Wait as long as Retry-After says; larger batches need fewer requests',
        retryAfterS: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)),
      });
    }
  }

  return async (request: FastifyRequest, role: Role | 'public'): Promise<Principal | undefined> => {
    if (role === 'public') return undefined;
    try {
      const principal = await authenticate(doors, request, role);
      await consume(perTenant, principal.tenantId, 'tenant');
      return principal;
    } catch (error) {
      if (error instanceof HeliosError && error.code === 'unauthenticated')
        await consume(perAddress, request.ip, 'address');
      throw error;
    }
  };
}
