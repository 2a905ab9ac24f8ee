import type { TLSSocket } from 'node:tls';
import type { IConnectPacket } from 'mqtt-packet';
import { accepted, HeliosError, rejected, roleIncludes } from '@heliosiq/model';
import type { Outcome, Principal } from '@heliosiq/model';
import type { Authenticator, Credential } from '@heliosiq/ports';
import { subjectOf } from '../intake/certificate-subject.ts';
import { connectFaultOf } from './packet-check.ts';
import { reasons } from './reason-codes.ts';
import type { ReasonCode } from './reason-codes.ts';
import type { TopicPermit } from './tenant-topics.ts';

export interface AdmissionDeps {
  readonly authenticator: Authenticator;
  readonly permit: TopicPermit;
}

/** Decides on a CONNECT: who it is, or the reason for the refusal. */
export async function admit(
  packet: IConnectPacket,
  socket: TLSSocket | undefined,
  { authenticator, permit }: AdmissionDeps,
): Promise<Outcome<Principal, ReasonCode>> {
  const fault = connectFaultOf(packet);
  if (fault !== undefined) return rejected(fault);
  if (packet.properties?.authenticationMethod !== undefined) return rejected(reasons.badAuthenticationMethod);
  // A client without a name can have no session to come back to (MQTT 3.1.1, section 3.1.3.1).
  if (packet.clientId === '' && packet.clean !== true && packet.protocolVersion !== 5)
    return rejected(reasons.clientIdInvalid);
  const credential = credentialOf(packet, socket);
  if (credential === undefined) return rejected(reasons.notAuthorized);
  let principal: Principal;
  try {
    principal = await authenticator.authenticate(credential);
  } catch (error) {
    return rejected(reasonOf(error));
  }
  if (!roleIncludes(principal.role, 'operator')) return rejected(reasons.notAuthorized);
  const { will } = packet;
  if (will !== undefined && !permit(will.topic, principal.tenantId)) return rejected(reasons.notAuthorized);
  return accepted(principal);
}

/** A password goes before a certificate: whoever gives both means the password. */
function credentialOf({ username, password }: IConnectPacket, socket: TLSSocket | undefined): Credential | undefined {
  if (password !== undefined) return { kind: 'password', user: username ?? '', password: password.toString('utf8') };
  const certificate = socket?.authorized === true ? socket.getPeerX509Certificate() : undefined;
  return certificate === undefined ? undefined : { kind: 'certificate', subject: subjectOf(certificate) };
}

function reasonOf(error: unknown): ReasonCode {
  if (!(error instanceof HeliosError)) return reasons.serverUnavailable;
  if (error.code === 'unauthenticated') return reasons.badCredential;
  if (error.code === 'forbidden') return reasons.notAuthorized;
  return error.code === 'rate-limited' ? reasons.connectionRateExceeded : reasons.serverUnavailable;
}
