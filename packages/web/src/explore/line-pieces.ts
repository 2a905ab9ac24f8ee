/** A stretch of a line that looks alike. */
export interface LinePiece {
  readonly from: number;
  readonly text: string;
  /** The kind of the parameter that it belongs to. */
  readonly kind: string | undefined;
  /** Part of what was searched for. */
  readonly isFound: boolean;
}

interface Marks {
  readonly parameters: readonly { readonly from: number; readonly to: number; readonly kind: string }[];
  /** What was searched for; its first place in the line is marked. */
  readonly part: string | undefined;
}

/** Cuts a line where a parameter or what was searched for begins and ends. */
export function linePieces(text: string, { parameters, part }: Marks): readonly LinePiece[] {
  const foundAt = part === undefined || part === '' ? -1 : text.toLowerCase().indexOf(part.toLowerCase());
  const found = foundAt < 0 ? { from: 0, to: 0 } : { from: foundAt, to: foundAt + (part?.length ?? 0) };
  const cuts = new Set([0, text.length, found.from, found.to]);
  for (const { from, to } of parameters) cuts.add(Math.min(from, text.length)).add(Math.min(to, text.length));
  const places = [...cuts].sort((a, b) => a - b);
  return places.slice(1).map((to, index) => {
    const from = places[index] ?? 0;
    return {
      from,
      text: text.slice(from, to),
      kind: parameters.find((each) => each.from <= from && to <= each.to)?.kind,
      isFound: found.from <= from && to <= found.to,
    };
  });
}
