import { HeliosError } from '@heliosiq/model';
import type { Principal, Role } from '@heliosiq/model';
import type { Meter } from '@heliosiq/ports';
import type { AskingRequest } from '../auth/authenticate.ts';
import { createMinuteLimit } from './minute-limit.ts';

export interface AdmissionDeps {
  readonly authenticate: (request: AskingRequest, need: Role) => Principal | Promise<Principal>;
  readonly meter: Meter;
  readonly requestsPerMinute: number;
}

/**
 * Lets a request in: right credential, right role, within the tenant's rate. Whose credential is known need not be waited for.
 */
export function createAdmission({ authenticate, meter, requestsPerMinute }: AdmissionDeps) {
  const perTenant = createMinuteLimit({ perMinute: requestsPerMinute, limit: 'tenant', meter });
  const withinRate = (principal: Principal): Principal => {
    perTenant.consume(principal.tenantId);
    return principal;
  };
  return (request: AskingRequest, role: Role | 'public'): Principal | undefined | Promise<Principal> => {
    if (role === 'public') return undefined;
    const principal = authenticate(request, role);
    return principal instanceof Promise ? principal.then(withinRate) : withinRate(principal);
  };
}

export interface ShedDeps {
  readonly loopLagMs: () => number;
  readonly loopLagMaxMs: number;
  readonly meter: Meter;
}

/** Sends data away while the event loop is far behind: what is refused early leaves time for what was taken. */
export function createShed({ loopLagMs, loopLagMaxMs, meter }: ShedDeps): () => void {
  const shed = meter.counter({
    name: 'heliosiq_http_shed_total',
    help: 'Requests with data that were told to come back because the event loop was behind.',
  });
  return () => {
    const lagMs = loopLagMs();
    if (lagMs <= loopLagMaxMs) return;
    shed.add(1);
    throw new HeliosError('rate-limited', 'The server is behind with what it has taken in', {
      cure: 'Send it again after the time in Retry-After',
      retryAfterS: Math.min(30, Math.ceil(lagMs / 1000)),
    });
  };
}
