import type { ReactNode } from 'react';
import type { FailureParts } from '../../shared/failure.ts';
import { visibleName } from '../../shared/visible-text.ts';

/** Why a request was refused: what, where, why, what was not done, what to do. Beside the control that asked. */
export function FailureNote({ parts }: { parts: FailureParts | null }) {
  if (parts === null) return null;
  return (
    <div className="note" role="alert">
      <b>{visibleName(parts.what)}</b>
      {[parts.where, parts.why, parts.notDone, parts.next]
        .filter((part) => part !== '')
        .map((part) => (
          <p key={part}>{visibleName(part)}</p>
        ))}
    </div>
  );
}

/** One sentence and the action: what to do where nothing is yet. */
export function Empty({ children }: { children: ReactNode }) {
  return <div className="empty">{children}</div>;
}
