import { z } from 'zod';
import { Text, Url, YesNo } from './setting.ts';
import type { Setting } from './setting.ts';

/** A bucket for bronze instead of a folder: S3, or a server that speaks its API. */
export const blobSettings = {
  blobBucket: {
    key: 'blobs.s3-bucket',
    schema: z
      .string()
      .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'use 3 to 63 lower-case letters, digits, dots and hyphens')
      .optional(),
    placeholder: 'NAME',
    help: 'Bucket for bronze instead of a folder: Amazon S3, or a server that speaks its API.',
  },
  blobPrefix: {
    key: 'blobs.s3-prefix',
    schema: z
      .string()
      .max(200)
      .regex(/^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/, 'use letters, digits, ".", "_" and "-" in segments parted by "/"')
      .optional(),
    placeholder: 'TEXT',
    help: 'What all keys in that bucket begin with, so that several programs can share it. Default: nothing.',
  },
  blobEndpoint: {
    key: 'blobs.s3-endpoint',
    schema: Url('http', 'https').optional(),
    placeholder: 'URL',
    help: 'The server of that bucket. Default: Amazon S3 of the region.',
  },
  blobRegion: {
    key: 'blobs.s3-region',
    schema: Text.default('us-east-1'),
    placeholder: 'NAME',
    alsoFrom: ['AWS_REGION', 'AWS_DEFAULT_REGION'],
    help: 'Region of that bucket; also from AWS_REGION.',
  },
  blobPathStyle: {
    key: 'blobs.s3-path-style',
    schema: YesNo.optional(),
    placeholder: 'true|false',
    help: 'Ask for https://host/bucket/key instead of https://bucket.host/key. Default: true with an endpoint of its own, else false.',
  },
  blobAccessKeyId: {
    key: 'blobs.s3-access-key-id',
    schema: Text.optional(),
    placeholder: 'TEXT',
    secret: true,
    alsoFrom: ['AWS_ACCESS_KEY_ID'],
    help: 'Key of that bucket; also from AWS_ACCESS_KEY_ID. Default: the profile of the machine, or the role of the container or the instance.',
  },
  blobSecretAccessKey: {
    key: 'blobs.s3-secret-access-key',
    schema: Text.optional(),
    placeholder: 'TEXT',
    secret: true,
    alsoFrom: ['AWS_SECRET_ACCESS_KEY'],
    help: 'Secret of that key; also from AWS_SECRET_ACCESS_KEY.',
  },
  blobSessionToken: {
    key: 'blobs.s3-session-token',
    schema: Text.optional(),
    placeholder: 'TEXT',
    secret: true,
    alsoFrom: ['AWS_SESSION_TOKEN'],
    help: 'Token that belongs to a temporary key; also from AWS_SESSION_TOKEN.',
  },
  blobCaFile: {
    key: 'blobs.s3-ca-file',
    schema: Text.optional(),
    placeholder: 'FILE',
    help: "Authority of that server's certificate (PEM), where it is not a publicly known one.",
  },
} as const satisfies Record<string, Setting>;
