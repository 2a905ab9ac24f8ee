/** The protobuf message of a body: `prometheus.WriteRequest` or `io.prometheus.write.v2.Request`. */
export type WriteMessage = 'v1' | 'v2';

const messages: ReadonlyMap<string, WriteMessage> = new Map([
  ['prometheus.WriteRequest', 'v1'],
  ['io.prometheus.write.v2.Request', 'v2'],
]);

/** Which message a Content-Type names: without the parameter `proto` it is that of version 1. */
export function messageOf(contentType: string): WriteMessage | undefined {
  const [mediaType = '', ...parameters] = contentType.split(';').map((part) => part.trim());
  if (mediaType.toLowerCase() !== 'application/x-protobuf') return undefined;
  const proto = parameters.find((parameter) => /^proto\s*=/i.test(parameter));
  if (proto === undefined) return 'v1';
  return messages.get(
    proto
      .slice(proto.indexOf('=') + 1)
      .trim()
      .replace(/^"(.*)"$/, '$1'),
  );
}
