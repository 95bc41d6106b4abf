import { useReviewPart } from '../../state/review-part.ts';

const parts = [
  ['findings', 'Findings'],
  ['sampling', 'Sampling'],
] as const;

/** Findings or Sampling: the parts of the review, at the head of each. */
export function PartSwitch() {
  const { part, show } = useReviewPart();
  return (
    <fieldset className="seg" aria-label="Part of the review">
      {parts.map(([each, text]) => (
        <button
          type="button"
          key={each}
          aria-pressed={part === each}
          className={part === each ? 'on' : ''}
          onClick={() => show(each)}
        >
          {text}
        </button>
      ))}
    </fieldset>
  );
}
