import { useState } from 'react';
import type { ReportVerification } from '../../../shared/report.ts';
import { decisionWords } from '../../../shared/sign-off.ts';
import { visibleName } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { Empty, FailureNote } from '../../components/note.tsx';
import { SizedPane } from '../../components/sized-pane.tsx';
import { Digest, Time } from '../../components/values.tsx';
import { VerdictMark, VerdictWord } from '../../components/verdict.tsx';
import { usePane } from '../../state/layout.ts';
import { useAct, useQuery } from '../../state/use-query.ts';

/** Any exported report, from here or elsewhere: what is signed, by whom, and whether it all agrees. */
export function ReportsScreen() {
  const [path, setPath] = useState('');
  const [evidence, setEvidence] = useState('');
  const [result, setResult] = useState<ReportVerification | null>(null);
  const { refused, busy, act } = useAct();
  const size = usePane('reports.check');
  const recent = useQuery(() => backend.reports.recent(), [result]).data ?? [];
  const check = (from: string) =>
    act(async () => {
      const chosen = await backend.host.locate({ path: from });
      const beside = evidence === '' ? null : (await backend.host.locate({ path: evidence })).token;
      setResult(await backend.reports.check({ token: chosen.token, evidence: beside }));
    });
  return (
    <>
      <SizedPane name="Report to check" size={size} usual={420} edge="right">
        <div className="tb">
          <h1>Reports</h1>
        </div>
        <form
          className="form"
          onSubmit={(event) => {
            event.preventDefault();
            void check(path);
          }}
        >
          <label className="f">
            Folder or archive of a package, a PDF or an envelope
            <input required value={path} onChange={(event) => setPath(event.target.value)} spellCheck={false} />
          </label>
          <label className="f">
            Folder or archive of the evidence, if it is at hand
            <input value={evidence} onChange={(event) => setEvidence(event.target.value)} spellCheck={false} />
          </label>
          <FailureNote parts={refused} />
          <div className="row">
            <button type="submit" className="bt p" disabled={busy || path === ''}>
              Check the report
            </button>
          </div>
        </form>
        <div className="gr grp" style={{ gridTemplateColumns: '1fr' }}>
          Exported and checked before
        </div>
        <div className="scroll grow">
          {recent.length === 0 && <Empty>No report was exported or checked here yet.</Empty>}
          {recent.map((row) => (
            <button
              type="button"
              key={`${row.at}${row.path}`}
              className="gr two"
              style={{ gridTemplateColumns: 'minmax(0,1fr) auto', width: '100%' }}
              onClick={() => {
                setPath(row.path);
                void check(row.path);
              }}
            >
              <span>
                <span className="el" style={{ display: 'block' }}>
                  {visibleName(row.path)}
                </span>
                <span className="dd" style={{ font: 'var(--text-12)' }}>
                  {row.what}, {row.verdict}
                </span>
              </span>
              <span className="d">
                <Time at={row.at} /> UTC
              </span>
            </button>
          ))}
        </div>
      </SizedPane>
      <section className="pane grow">
        {result === null ? (
          <Empty>
            Name a report to see what is signed, by whom, whether PDF and data say the same, and which revision each
            signature covers.
          </Empty>
        ) : (
          <section className="scroll grow saying" tabIndex={0} aria-label="What the check says">
            <div className={`say ${result.verdict}`}>
              <h2>
                <VerdictMark verdict={result.verdict} />
                {visibleName(result.case === '' ? result.path : result.case)}: {result.verdict}
              </h2>
              <p>
                {result.decision === null ? 'It holds no decision.' : `Decision: ${decisionWords[result.decision]}.`}
              </p>
            </div>
            <div className="sec col">
              <h3>Signed by</h3>
              {result.signers.length === 0 && <span className="d">Nobody.</span>}
              {result.signers.map((signer) => (
                <SignerRow key={`${signer.role}${signer.fingerprint}`} signer={signer} />
              ))}
            </div>
            {result.checks.map((each, index) => (
              <div key={`${each.code}${each.subject}${index}`} className="gr said">
                <VerdictWord verdict={each.verdict} />
                <span className="el d">{visibleName(each.subject)}</span>
                <span className="what">{visibleName(each.message)}</span>
              </div>
            ))}
          </section>
        )}
      </section>
    </>
  );
}

/** One who signed, or who was to sign and has not: not yet, or her signature was taken away. */
function SignerRow({ signer }: { signer: ReportVerification['signers'][number] }) {
  const { name, role, isTrusted, revision, signedAt, fingerprint } = signer;
  if (revision === null)
    return (
      <div className="row">
        <VerdictWord verdict="undecided" word="Not signed" />
        <span>
          {name === '' ? 'Somebody' : visibleName(name)}, {role}
        </span>
      </div>
    );
  return (
    <div className="row">
      <VerdictWord verdict={isTrusted ? 'pass' : 'undecided'} word={isTrusted ? 'Known' : 'Unknown here'} />
      <span>
        {visibleName(name)}, {role}
      </span>
      <span className="d">
        revision {revision}, <Time at={signedAt} /> UTC
      </span>
      <span className="gap" />
      <Digest digest={fingerprint} />
    </div>
  );
}
