import type { FurtherAddress, GatewayParts, SharedAuthenticator } from '@heliosiq/gateway';
import type { HealthCheck, Listener, Logger, Meter, Pacer, Service } from '@heliosiq/ports';
import type { Config } from '../config/settings.ts';
import type { PortName, ProgramPorts } from './program-ports.ts';

/** What a role gets besides its ports. */
export interface RoleContext {
  readonly config: Config;
  readonly logger: Logger;
  readonly meter: Meter;
  readonly now: () => number;
  /** Checks of every component of this process, for `/health/ready`; services join it when they start. */
  readonly checks: readonly HealthCheck[];
  /** Where the process is in its life. */
  readonly state: () => 'starting' | 'ready' | 'stopping';
  /** Finds out who senders are, at all doors. */
  readonly authenticator: SharedAuthenticator;
  readonly version: string;
  /** Lets stages hold back while doors are at work; one for the process. */
  readonly pacer: Pacer;
  /** The program's own metrics in the Prometheus text format. */
  readonly metricsText: () => Promise<string>;
}

/** What a role brings to the process. Services start, and later drain, in the order of the flow. */
export interface Composition {
  readonly services?: readonly Service[];
  /** What it adds to the process's HTTP server. */
  readonly parts?: GatewayParts;
  /** Ways in with ports of their own. */
  readonly listeners?: readonly Listener[];
  /** Further addresses of the process's HTTP server, with some of its paths. */
  readonly addresses?: readonly FurtherAddress[];
  /** Work to be done before anything listens. */
  readonly prepare?: (signal: AbortSignal) => Promise<void>;
}

export interface Role<Needs extends PortName = PortName> {
  readonly about: string;
  readonly needs: readonly Needs[];
  /** Works on what is in the log and brings no doors, so that it may have another process than they. */
  readonly isStage?: boolean;
  compose(ports: Pick<ProgramPorts, Needs>, context: RoleContext): Composition | Promise<Composition>;
}

/** A role of the table, its needs forgotten by the type: the program hands it at least the ports that it named. */
export interface AnyRole {
  readonly about: string;
  readonly needs: readonly PortName[];
  readonly isStage?: boolean;
  compose(ports: ProgramPorts, context: RoleContext): Composition | Promise<Composition>;
}

/** Makes a role; one that uses a port it did not name does not compile. */
export function role<const Needs extends PortName>(definition: Role<Needs>): AnyRole {
  return definition;
}
