import { type ReactNode, useRef } from 'react';
import { type PaneWidth, Splitter } from './splitter.tsx';

/**
 * A pane whose inner edge can be dragged.
 * @param name what it holds, for its edge and, where it is a place to go to, for itself
 * @param usual px; null where the style sheet says it
 * @param edge where its movable edge is: a pane at the right of a screen has it at its left
 */
export function SizedPane({
  name,
  size,
  usual,
  min = 240,
  max = 900,
  edge,
  className = '',
  isRegion = false,
  children,
}: {
  name: string;
  size: PaneWidth;
  usual: number | null;
  min?: number;
  max?: number;
  edge: 'left' | 'right';
  className?: string;
  isRegion?: boolean;
  children: ReactNode;
}) {
  const pane = useRef<HTMLElement>(null);
  const width = size.width ?? usual;
  const splitter = <Splitter name={name} pane={pane} side={edge} min={min} max={max} onWidth={size.onWidth} />;
  return (
    <>
      {edge === 'left' && splitter}
      <section
        ref={pane}
        className={`pane ${className}`}
        {...(width === null ? {} : { style: { width } })}
        {...(isRegion ? { 'aria-label': name } : {})}
      >
        {children}
      </section>
      {edge === 'right' && splitter}
    </>
  );
}
