import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { HeliosError } from '@heliosiq/model';

/** Files in PEM for HTTPS. */
export interface TlsSettings {
  readonly certFile: string;
  readonly keyFile: string;
  /** Authorities of client certificates. With it a client may show one; one that they did not sign is as good as none. */
  readonly clientCaFile?: string;
}

/** What Node's TLS servers take. */
export interface ServerTls {
  readonly cert: Buffer;
  readonly key: Buffer;
  readonly ca?: Buffer;
  readonly requestCert: boolean;
  readonly rejectUnauthorized: false;
}

/** Reads the files. Rejects with `config-invalid` where one cannot be read or they do not belong together. */
export async function readTls({ certFile, keyFile, clientCaFile }: TlsSettings): Promise<ServerTls> {
  const [cert, key, ca] = await Promise.all([
    pem(certFile),
    pem(keyFile),
    clientCaFile === undefined ? undefined : pem(clientCaFile),
  ]);
  try {
    createSecureContext({ cert, key, ca });
  } catch (error) {
    throw unusable('The certificate and its key cannot be used for TLS', error);
  }
  return {
    cert,
    key,
    ...(ca === undefined ? {} : { ca }),
    requestCert: ca !== undefined,
    // Those without a certificate may show a token; whether one was verified is looked at for each request.
    rejectUnauthorized: false,
  };
}

function pem(file: string): Promise<Buffer> {
  return readFile(file).catch((error: unknown) => {
    throw unusable(`The file ${file} cannot be read`, error);
  });
}

function unusable(message: string, cause: unknown): HeliosError {
  return new HeliosError('config-invalid', message, {
    cause,
    cure: 'Give a certificate and its key as files in PEM',
  });
}
