import { expect, test } from 'vitest';
import { createHeldTexts } from './held-texts.ts';
import { createPieceStock } from './piece-stock.ts';

const pieceBytes = 16;

/** A text that differs from others of its length. */
function textOf(length: number, seed: number): Buffer {
  return Buffer.from(Array.from({ length }, (_, index) => 97 + ((index + 5 * seed) % 26)));
}

function heldOf(texts: readonly Buffer[]): Buffer[] {
  using held = createHeldTexts(createPieceStock({ pieceBytes, spareMax: 4 }));
  for (const text of texts) held.add(text);
  // Copied: what is held is given back when this returns.
  return [...held.all()].map((text) => Buffer.from(text));
}

test('texts are held as they came, however they fall on the borders of pieces', () => {
  const sizes = [0, 1, 8, 15, 16, 17, 40];
  for (const first of sizes) {
    for (const second of sizes) {
      for (const third of sizes) {
        const texts = [textOf(first, 1), textOf(second, 2), textOf(third, 3), textOf(3, 4)];
        expect(heldOf(texts)).toEqual(texts);
      }
    }
  }
  expect(heldOf([])).toEqual([]);
});

test('what is added is a copy, and can be read as often as is needed', () => {
  using held = createHeldTexts(createPieceStock({ pieceBytes, spareMax: 4 }));
  const text = textOf(5, 1);
  held.add(text);
  text.fill(0);
  expect([...held.all()].map(String)).toEqual([String(textOf(5, 1))]);
  expect([...held.all()].map(String)).toEqual([String(textOf(5, 1))]);
});

test('pieces go back to their stock and are used again, larger texts leave nothing there', () => {
  const stock = createPieceStock({ pieceBytes, spareMax: 4 });
  const piece = stock.take();
  stock.giveBack([piece]);
  {
    using held = createHeldTexts(stock);
    held.add(textOf(40, 1));
    held.add(textOf(9, 2));
    const [, small] = held.all();
    expect(small?.buffer).toBe(piece.buffer);
  }
  expect(stock.take()).toBe(piece);
  expect(stock.take()).not.toBe(piece);
});
