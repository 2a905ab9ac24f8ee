import { z } from 'zod';
import { Problem } from './contract/problem.ts';
import type { Route } from './route.ts';
import { routes } from './routes.ts';

type Json = Record<string, unknown>;

/** The contract, or the routes of it that a process serves, as an OpenAPI 3.1 document. */
export function openApiDocument(version: string, isServed: (name: string) => boolean = () => true): Json {
  const paths: Record<string, Json> = {};
  for (const [name, route] of Object.entries<Route>(routes)) {
    if (!isServed(name)) continue;
    const path = route.path.replace(/:(\w+)/g, '{$1}');
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'HeliosIQ',
      version,
      description: 'Telemetry in, incidents out, with ranked causes and cited evidence.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    security: [{ bearer: [] }, { basic: [] }, { certificate: [] }],
    paths,
    components: {
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', description: 'An API key (hk_…) or a JWT.' },
        basic: { type: 'http', scheme: 'basic', description: 'The same as the password; the user may be anything.' },
        certificate: { type: 'mutualTLS', description: 'A client certificate whose subject is listed.' },
      },
      schemas: { Problem: jsonSchema(Problem, 'output') },
    },
  };
}

function operationOf(name: string, route: Route): Json {
  return {
    operationId: name,
    summary: route.summary,
    tags: [route.tag],
    ...(route.role === 'public' ? { security: [] } : { 'x-role': route.role }),
    parameters: [...parametersOf('path', route.params), ...parametersOf('query', route.query)],
    ...(route.body === undefined ? {} : { requestBody: { required: true, content: bodyOf(route) } }),
    responses: {
      [String(route.status ?? 200)]: { description: 'Success', ...contentOf(route) },
      default: {
        description: 'Problem (RFC 9457)',
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    },
  };
}

function parametersOf(place: 'path' | 'query', schema: z.ZodObject | undefined): Json[] {
  if (schema === undefined) return [];
  return Object.entries(schema.shape).map(([name, field]) => ({
    name,
    in: place,
    required: place === 'path' || !z.safeParse(field, undefined).success,
    schema: jsonSchema(field, 'input'),
  }));
}

function bodyOf(route: Route): Json {
  if (route.body === 'raw') return Object.fromEntries((route.consumes ?? []).map((type) => [type, { schema: {} }]));
  return route.body === undefined ? {} : { 'application/json': { schema: jsonSchema(route.body, 'input') } };
}

function contentOf(route: Route): Json {
  if (route.status === 204) return {};
  if (typeof route.response === 'string') return { content: { [route.response]: { schema: { type: 'string' } } } };
  return { content: { 'application/json': { schema: jsonSchema(route.response, 'output') } } };
}

function jsonSchema(schema: z.core.$ZodType, io: 'input' | 'output'): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any', target: 'draft-2020-12' });
  return rest;
}
