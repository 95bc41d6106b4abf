import type { ReactNode } from 'react';
import { type FindingDraft, severities } from '../../../shared/finding.ts';

type Fields = Pick<FindingDraft, 'title' | 'severity' | 'owner' | 'rationale' | 'recommendation'>;

/** What a person writes of a finding. @param beside a field beside the severity; the owner where there is none */
export function FindingFields({
  finding,
  set,
  beside,
  isNew = false,
}: {
  finding: Fields;
  set(part: Partial<Fields>): void;
  beside?: ReactNode;
  isNew?: boolean;
}) {
  const owner = (
    <label className="f">
      Owner
      <input maxLength={200} value={finding.owner} onChange={(event) => set({ owner: event.target.value })} />
    </label>
  );
  return (
    <>
      <label className="f">
        Title
        <input
          required
          maxLength={300}
          autoFocus={isNew}
          value={finding.title}
          onChange={(event) => set({ title: event.target.value })}
        />
      </label>
      <div className="pair">
        <label className="f">
          Severity
          <select
            value={finding.severity}
            onChange={(event) => set({ severity: event.target.value as Fields['severity'] })}
          >
            {severities.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </select>
        </label>
        {beside ?? owner}
      </div>
      {beside === undefined ? null : owner}
      <label className="f">
        Rationale
        <textarea
          className="signed"
          required
          value={finding.rationale}
          onChange={(event) => set({ rationale: event.target.value })}
        />
      </label>
      <label className="f">
        Recommendation
        <textarea
          className="signed"
          value={finding.recommendation}
          onChange={(event) => set({ recommendation: event.target.value })}
        />
      </label>
    </>
  );
}
