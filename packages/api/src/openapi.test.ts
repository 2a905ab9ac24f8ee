import { describe, expect, it } from 'vitest';
import { openApiDocument } from './openapi.ts';
import { routes } from './routes.ts';

describe('the OpenAPI document', () => {
  const document = openApiDocument('1.2.3');

  it('describes every route once, under its path and method', () => {
    const operations = Object.values(
      document['paths'] as Record<string, Record<string, { operationId: string }>>,
    ).flatMap((path) => Object.values(path).map((operation) => operation.operationId));
    expect(operations.toSorted()).toEqual(Object.keys(routes).toSorted());
  });

  it('tells optional query parameters from required ones', () => {
    const paths = document['paths'] as Record<
      string,
      Record<string, { parameters: { name: string; required: boolean }[] }>
    >;
    const parameters = paths['/api/v1/series']?.['get']?.parameters ?? [];
    expect(Object.fromEntries(parameters.map(({ name, required }) => [name, required]))).toMatchObject({
      from: true,
      to: true,
      asset: false,
      stepMs: false,
    });
  });

  it('is plain JSON', () => {
    expect(JSON.parse(JSON.stringify(document))).toEqual(document);
  });
});
