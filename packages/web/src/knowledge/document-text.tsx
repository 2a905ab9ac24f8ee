import type { ReactNode, Ref } from 'react';
import { blocksOf } from './document-blocks.ts';
import type { Block, MarkedSpan, Piece } from './document-blocks.ts';

export interface DocumentTextProps {
  readonly text: string;
  /** What is cited: half-open range of UTF-16 code units. */
  readonly span?: MarkedSpan;
  /** Receives the first marked element. */
  readonly firstMark?: Ref<HTMLElement>;
}

/** A Markdown or plain text for reading, with the cited span marked. */
export function DocumentText({ text, span, firstMark }: DocumentTextProps) {
  const blocks = blocksOf(text, span);
  const firstMarked = blocks.find(({ pieces }) => pieces.some(({ marked }) => marked));
  return (
    <div className="grid gap-2.5">
      {blocks.map((block) => (
        <BlockView key={block.at} block={block} firstMark={block === firstMarked ? firstMark : undefined} />
      ))}
    </div>
  );
}

function BlockView({ block, firstMark }: { readonly block: Block; readonly firstMark: Ref<HTMLElement> | undefined }) {
  const first = block.pieces.findIndex(({ marked }) => marked);
  const content = block.pieces.map((piece, index) => (
    <PieceView key={index} piece={piece} mark={index === first ? firstMark : undefined} plain={block.kind === 'code'} />
  ));
  switch (block.kind) {
    case 'heading':
      return <HeadingLine level={block.level}>{content}</HeadingLine>;
    case 'item':
      return (
        <p className="grid grid-cols-[1.25rem_1fr] gap-1 wrap-anywhere">
          <span className="text-soft tabular-nums">{block.sign}</span>
          <span>{content}</span>
        </p>
      );
    case 'code':
      return (
        <pre tabIndex={0} className="overflow-x-auto rounded-lg bg-raised px-3 py-2 font-mono text-[0.8125rem]">
          {content}
        </pre>
      );
    case 'text':
      return <p className="wrap-anywhere">{content}</p>;
  }
}

function HeadingLine({ level, children }: { readonly level: number; readonly children: ReactNode }) {
  if (level <= 1) return <h2 className="text-lg font-semibold">{children}</h2>;
  return <h3 className="mt-2 font-semibold">{children}</h3>;
}

interface PieceViewProps {
  readonly piece: Piece;
  readonly mark: Ref<HTMLElement> | undefined;
  readonly plain: boolean;
}

function PieceView({ piece, mark, plain }: PieceViewProps) {
  const words = plain ? piece.text : withEmphasis(piece.text);
  if (!piece.marked) return words;
  return (
    <mark ref={mark ?? null} className="rounded-sm bg-accent/25 text-inherit">
      {words}
    </mark>
  );
}

/** `code` and **strong** words of a line. */
function withEmphasis(text: string): ReactNode {
  return text.split(/(`[^`]+`|\*\*[^*]+\*\*)/).map((part, index) => {
    if (part.startsWith('`') && part.length > 2) {
      return (
        <code key={index} className="rounded bg-raised px-1 font-mono text-[0.875em]">
          {part.slice(1, -1)}
        </code>
      );
    }
    if (part.startsWith('**') && part.length > 4) return <strong key={index}>{part.slice(2, -2)}</strong>;
    return part;
  });
}
