import { Flag } from 'lucide-react';
import { useEffect, useState } from 'react';
import { checkCodes } from '../../../shared/check-codes.ts';
import type { FindingDraft } from '../../../shared/finding.ts';
import { aspects } from '../../../shared/verdict.ts';
import { visibleName } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { FailureNote } from '../../components/note.tsx';
import { WholeDigest } from '../../components/values.tsx';
import { VerdictMark, VerdictWord } from '../../components/verdict.tsx';
import { useSession } from '../../state/session.ts';
import { useAct, useQuery } from '../../state/use-query.ts';
import { FindingForm } from '../review/forms.tsx';

const vouchedWords = {
  nobody: 'Nobody',
  producer: 'The producer alone',
  key: 'A key that you named',
  certificate: 'A certificate under an authority that you named',
  log: 'A log that you named',
  timestamp: 'A timestamp by an authority that you named',
} as const;

/** One check in full. */
export function CheckDetail({ checkId, caseId }: { checkId: number; caseId: number }) {
  const { go, changed, say } = useSession();
  const { data: check, refused } = useQuery(() => backend.checks.get({ checkId }), [checkId]);
  const [draft, setDraft] = useState<FindingDraft | null>(null);
  const [explanation, setExplanation] = useState('');
  const answer = useAct();
  const raise = () => void backend.review.draft({ checkId }).then(setDraft);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key acts on this check
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (
        event.target instanceof HTMLInputElement ||
        event.target instanceof HTMLTextAreaElement ||
        event.ctrlKey ||
        event.metaKey
      )
        return;
      if (event.key === 'f') {
        event.preventDefault();
        raise();
      }
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [checkId]);
  if (check === null)
    return (
      <section className="pane grow">
        <FailureNote parts={refused} />
      </section>
    );
  const place = check.location;
  const where =
    place === null
      ? ''
      : [
          place.path === check.subject ? '' : visibleName(place.path),
          place.entry === undefined ? '' : `entry ${place.entry}`,
          place.line === undefined ? '' : `line ${place.line}`,
          visibleName(place.pointer ?? ''),
          place.offset === undefined ? '' : `byte ${place.offset}`,
        ]
          .filter(Boolean)
          .join(', ');
  return (
    <section className="pane grow" aria-label="Check">
      <div className="tb">
        <span className="el">{visibleName(check.subject === '' ? 'The source' : check.subject)}</span>
      </div>
      <div className="scroll grow">
        <div className={`say ${check.verdict}`}>
          <h2>
            <VerdictMark verdict={check.verdict} />
            {check.aspect.replace(/^./, (first) => first.toUpperCase())}:{' '}
            {checkCodes[check.code as keyof typeof checkCodes] ?? check.code}
          </h2>
          <p>{visibleName(check.message)}</p>
        </div>
        {check.expected !== null && (
          <div className="sec pair">
            <div className="col">
              <h3>
                Expected <span className="dd">{where}</span>
              </h3>
              <div className="diff">
                <WholeDigest digest={check.expected} other={check.actual} />
              </div>
            </div>
            <div className="col">
              <h3>Actual</h3>
              <div className="diff">
                {check.actual === null ? (
                  <span className="digest whole dd">nothing is here</span>
                ) : (
                  <WholeDigest digest={check.actual} other={check.expected} />
                )}
              </div>
            </div>
          </div>
        )}
        <div className="sec col">
          <h3>What this speaks of</h3>
          {aspects
            .filter((each) => each === check.aspect)
            .map((each) => (
              <div key={each} className="row">
                <VerdictWord verdict={check.verdict} />
                <span>{each.replace(/^./, (first) => first.toUpperCase())}</span>
                {where !== '' && check.expected === null && <span className="dd el">{where}</span>}
              </div>
            ))}
        </div>
        <div className="sec col">
          <h3>Who vouches</h3>
          <span>{vouchedWords[check.vouched]}</span>
        </div>
        {check.settledBy !== '' && (
          <div className="sec col">
            <h3>What would settle it</h3>
            <span>{visibleName(check.settledBy)}</span>
          </div>
        )}
        {check.verdict !== 'pass' && (
          <div className="sec col">
            <h3>Your answer</h3>
            {check.answer === null ? (
              <>
                <label className="f">
                  Explain why no finding is needed
                  <textarea
                    className="signed"
                    value={explanation}
                    onChange={(event) => setExplanation(event.target.value)}
                  />
                </label>
                <FailureNote parts={answer.refused} />
                <div className="row">
                  <button
                    type="button"
                    className="bt"
                    disabled={answer.busy || explanation.trim() === ''}
                    onClick={() =>
                      answer.act(async () => {
                        await backend.checks.explain({ checkId, explanation });
                        changed();
                        say('The explanation is kept');
                      })
                    }
                  >
                    Keep the explanation
                  </button>
                </div>
              </>
            ) : check.answer.explanation === null ? (
              <button
                type="button"
                className="link"
                onClick={() => go({ screen: 'review', item: check.answer?.findingId ?? null })}
              >
                Answered by a finding
              </button>
            ) : (
              <span style={{ font: 'var(--signed-15)' }}>{check.answer.explanation}</span>
            )}
          </div>
        )}
        {draft !== null && (
          <div className="sec">
            <FindingForm caseId={caseId} draft={draft} onDone={() => setDraft(null)} />
          </div>
        )}
      </div>
      <div className="foot">
        {check.fileId !== null && (
          <button type="button" className="bt q" onClick={() => go({ screen: 'evidence', item: check.fileId })}>
            Open file
          </button>
        )}
        <span className="gap" />
        <button type="button" className="bt p" onClick={raise}>
          <Flag size={14} strokeWidth={1.5} aria-hidden />
          Raise finding <kbd>f</kbd>
        </button>
      </div>
    </section>
  );
}
