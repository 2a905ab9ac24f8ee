export interface AssetNameProps {
  readonly name: string;
  readonly className?: string;
}

/** An asset's name, as it is when copied; a long one breaks where one of its words ends. */
export function AssetName({ name, className = '' }: AssetNameProps) {
  const parts = name.split(/(?<=[_:./@-])(?=[^_:./@-])/);
  return (
    <span className={`wrap-anywhere ${className}`}>
      {parts.map((part, index) => (
        <span key={index}>
          {part}
          {index < parts.length - 1 && <wbr />}
        </span>
      ))}
    </span>
  );
}
