import { type KeyboardEvent, type PointerEvent, type RefObject, useEffect, useRef, useState } from 'react';

/** How wide a person made a pane, px; null where it stands at its usual width. */
export interface PaneWidth {
  width: number | null;
  onWidth(width: number | null): void;
}
const step = 16;

/**
 * The edge of a pane, to be dragged or moved by arrow keys (window splitter of the ARIA practices). Home and End are its
 * bounds; a double click or Enter gives the usual width back.
 * @param side where the edge stands, seen from the pane
 */
export function Splitter({
  name,
  pane,
  side,
  min,
  max,
  onWidth,
}: {
  name: string;
  pane: RefObject<HTMLElement | null>;
  side: 'left' | 'right';
  min: number;
  max: number;
  onWidth: PaneWidth['onWidth'];
}) {
  const [now, setNow] = useState(min);
  const drag = useRef<{ x: number; from: number; style: string } | null>(null);
  useEffect(() => {
    const { current } = pane;
    if (current === null) return;
    const seen = new ResizeObserver(() => setNow(Math.round(current.getBoundingClientRect().width)));
    seen.observe(current);
    return () => seen.disconnect();
  }, [pane]);
  const within = (width: number) => Math.round(Math.max(min, Math.min(max, width)));
  const widthAt = ({ clientX }: PointerEvent) => {
    const { x, from } = drag.current ?? { x: clientX, from: now };
    return within(from + (side === 'right' ? clientX - x : x - clientX));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const wider = side === 'right' ? 'ArrowRight' : 'ArrowLeft';
    const narrower = side === 'right' ? 'ArrowLeft' : 'ArrowRight';
    const by = event.shiftKey ? 4 * step : step;
    if (event.key === wider) onWidth(within(now + by));
    else if (event.key === narrower) onWidth(within(now - by));
    else if (event.key === 'Home') onWidth(min);
    else if (event.key === 'End') onWidth(max);
    else if (event.key === 'Enter') onWidth(null);
    else return;
    event.preventDefault();
  };
  return (
    <div className="splitter">
      {/* biome-ignore lint/a11y/useSemanticElements: a separator that moves is no rule between paragraphs */}
      <div
        role="separator"
        aria-orientation="vertical"
        aria-label={`Width of ${name.toLowerCase()}`}
        aria-valuenow={now}
        aria-valuemin={min}
        aria-valuemax={max}
        tabIndex={0}
        title="Drag, or use the arrow keys; a double click or Enter gives the usual width"
        onKeyDown={onKeyDown}
        onDoubleClick={() => onWidth(null)}
        onPointerDown={(event) => {
          if (event.button !== 0 || pane.current === null) return;
          event.currentTarget.setPointerCapture(event.pointerId);
          drag.current = { x: event.clientX, from: now, style: pane.current.style.width };
        }}
        onPointerMove={(event) => {
          if (drag.current !== null && pane.current !== null && event.clientX !== drag.current.x)
            pane.current.style.width = `${widthAt(event)}px`;
        }}
        onPointerUp={(event) => {
          if (drag.current !== null && event.clientX !== drag.current.x) onWidth(widthAt(event));
          drag.current = null;
        }}
        onPointerCancel={() => {
          if (drag.current !== null && pane.current !== null) pane.current.style.width = drag.current.style;
          drag.current = null;
        }}
      />
    </div>
  );
}
