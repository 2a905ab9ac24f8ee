/** A queue: what came in first goes out first. */
export interface FifoQueue<Element> {
  readonly length: number;
  /** Counted from the oldest, from 0. */
  at(index: number): Element | undefined;
  push(element: Element): void;
  /** Takes the oldest out. */
  shift(): Element | undefined;
}

/** To take one out costs the same however long the queue is; an array moves all that stays. */
export function createFifoQueue<Element>(): FifoQueue<Element> {
  let elements: (Element | undefined)[] = [];
  let first = 0;
  return {
    get length() {
      return elements.length - first;
    },
    at: (index) => elements[first + index],
    push(element) {
      elements.push(element);
    },
    shift() {
      if (first === elements.length) return undefined;
      const element = elements[first];
      elements[first] = undefined;
      first += 1;
      // Moved when no more is left than went out: each element once or so in its life.
      if (2 * first >= elements.length) {
        elements = elements.slice(first);
        first = 0;
      }
      return element;
    },
  };
}
