import type { Client } from '@heliosiq/api';
import { HeliosError, InvestigationEvent, type IncidentId } from '@heliosiq/model';

/** The last event of a stream that came to an answer. */
export type InvestigationAnswer = Extract<InvestigationEvent, { kind: 'answer' }>;

/** Events of a `text/event-stream`, as far as they are of an investigation. */
async function* eventsOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<InvestigationEvent> {
  const decoder = new TextDecoder();
  let text = '';
  for await (const bytes of stream) {
    text += decoder.decode(bytes, { stream: true });
    const blocks = text.split('\n\n');
    text = blocks.pop() ?? '';
    for (const block of blocks) {
      const data = block.split('\n').flatMap((line) => (line.startsWith('data: ') ? [line.slice(6)] : []));
      if (data.length > 0) yield InvestigationEvent.parse(JSON.parse(data.join('\n')));
    }
  }
}

/** Has an incident investigated and follows it to the answer. Rejects with what the server says went wrong. */
export async function followInvestigation(
  client: Client,
  id: IncidentId,
  onEvent: (event: InvestigationEvent) => void,
): Promise<InvestigationAnswer> {
  for await (const event of eventsOf(await client.open('investigate', { params: { id } }))) {
    onEvent(event);
    if (event.kind === 'answer') return event;
    if (event.kind === 'fault') throw new HeliosError('unavailable', event.message);
  }
  throw new HeliosError('unavailable', 'The investigation ended without an answer', {
    cure: 'look whether the server still runs; it makes an interrupted investigation again by itself',
  });
}
