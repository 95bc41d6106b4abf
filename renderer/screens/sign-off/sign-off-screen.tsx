import { Check, Fingerprint, Lock } from 'lucide-react';
import { useState } from 'react';
import type { Decision, SignOffRole } from '../../../shared/sign-off.ts';
import { visibleName } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { FailureNote } from '../../components/note.tsx';
import { Digest, Time, WholeDigest } from '../../components/values.tsx';
import { useReviewPart } from '../../state/review-part.ts';
import { useSession } from '../../state/session.ts';
import { useAct, useQuery } from '../../state/use-query.ts';
import { CoverageView } from './coverage-view.tsx';
import { ExportPanel } from './export-panel.tsx';

const decisions: { value: Decision; text: string; sign: string }[] = [
  { value: 'approve', text: 'Approve', sign: 'Sign approval' },
  { value: 'conditions', text: 'Approve with conditions', sign: 'Sign with conditions' },
  { value: 'reject', text: 'Reject', sign: 'Sign rejection' },
];

/** The gates, the coverage, the statement exactly as it will be signed, the decision, the signature. */
export function SignOffScreen() {
  const { open, go, changed, say } = useSession();
  const caseId = open?.id ?? 0;
  const [picked, setPicked] = useState<Decision | null>(null);
  const [rationale, setRationale] = useState('');
  const [identityId, setIdentityId] = useState<number | null>(null);
  const [passphrase, setPassphrase] = useState('');
  const [isJson, setJson] = useState(false);
  const list = useQuery(() => (open === null ? null : backend.signOff.list({ caseId })), [caseId]).data ?? [];
  const [latest] = list;
  const isSecond = latest?.state === 'in-progress';
  // Nothing is chosen for the reviewer; a second one signs what the first did.
  const decision = isSecond ? latest.decision : picked;
  const role: SignOffRole = isSecond
    ? latest.signatures[0]?.role === 'reviewer'
      ? 'approver'
      : 'reviewer'
    : 'reviewer';
  const readiness = useQuery(
    () => (open === null ? null : backend.signOff.readiness({ caseId, role })),
    [caseId, role],
  );
  const identities = useQuery(() => backend.identity.list(), []).data ?? [];
  const { refused, busy, act } = useAct();
  const chosen =
    identities.find(({ id }) => id === identityId) ?? identities.find(({ isCurrent }) => isCurrent) ?? null;
  const signer = chosen?.id ?? null;
  const statement = useQuery(
    () =>
      open === null || decision === null
        ? null
        : backend.signOff.statement({ caseId, role, decision, rationale, identityId: signer }),
    [caseId, role, decision, rationale, signer],
  );
  const may =
    isSecond || (decision === 'reject' ? readiness.data?.mayReject === true : readiness.data?.mayApprove === true);
  const sign = async () => {
    await act(async () => {
      if (statement.data === null || chosen === null || decision === null) return;
      await backend.signOff.sign({
        caseId,
        digest: statement.data.digest,
        role,
        decision,
        rationale,
        identityId: chosen.id,
        passphrase,
      });
      setPassphrase('');
      setRationale('');
      setPicked(null);
      say(`Signed as ${role}`);
    });
    // What is refused may be for what changed meanwhile: statement and gates are shown as they are now.
    changed();
  };
  const gates = readiness.data?.gates ?? [];
  return (
    <>
      <section className="pane" style={{ width: '44%', minWidth: 380 }}>
        <div className="tb">
          <h1>Readiness</h1>
          <span className="dd">
            {gates.filter(({ holds }) => holds).length} of {gates.length} gates hold
          </span>
        </div>
        <section className="scroll grow" tabIndex={0} aria-label="Readiness and coverage">
          <FailureNote parts={readiness.refused} />
          {gates.map((gate) => (
            <div
              key={gate.id}
              className="gr"
              style={{
                gridTemplateColumns: '18px minmax(0,4fr) minmax(0,5fr) 92px',
                height: 'auto',
                minHeight: 34,
                paddingBlock: 7,
              }}
            >
              {gate.holds ? <Check size={14} aria-label="holds" /> : <Lock size={14} aria-label="does not hold" />}
              <span style={{ fontWeight: gate.holds ? 400 : 600, whiteSpace: 'normal' }}>{gate.title}</span>
              <span className="d" style={{ whiteSpace: 'normal', overflowWrap: 'anywhere' }}>
                {visibleName(gate.detail)}
              </span>
              {gate.screen === null ? (
                <span />
              ) : (
                <button
                  type="button"
                  className="link"
                  onClick={() => {
                    useReviewPart.getState().show(gate.id === 'sample-looked-at' ? 'sampling' : 'findings');
                    go({ screen: gate.screen ?? 'evidence' });
                  }}
                >
                  Open {gate.screen}
                </button>
              )}
            </div>
          ))}
          {readiness.data !== null && <CoverageView coverage={readiness.data.coverage} />}
          <div className="sec col">
            <h3>Sign-offs</h3>
            {list.length === 0 && <span className="d">Nobody has signed this case.</span>}
            {list.map((each) => (
              <div key={each.id} className="col" style={{ gap: 2 }}>
                <div className="row">
                  <b>
                    No. {each.number}: {decisions.find(({ value }) => value === each.decision)?.text}
                  </b>
                  <span className={each.state === 'stale' ? 'v warn' : each.state === 'signed' ? 'v pass' : 'd'}>
                    {each.state === 'in-progress' ? 'one of two signatures' : each.state}
                  </span>
                </div>
                {each.staleBecause !== null && <span className="d">Your signature is stale: {each.staleBecause}</span>}
                {each.signatures.map((signature) => (
                  <span key={signature.fingerprint} className="d">
                    {signature.role}: {visibleName(signature.name)}, <Time at={signature.signedAt} /> UTC, key{' '}
                    <Digest digest={signature.fingerprint} />
                  </span>
                ))}
              </div>
            ))}
          </div>
          {open !== null && <ExportPanel caseId={caseId} caseName={open.name} latest={latest ?? null} />}
        </section>
      </section>
      <section className="pane grow side">
        <div className="tb">
          <h1 className="t">Statement</h1>
          <span className="dd">
            {statement.data?.frozen === true ? 'frozen by the first signature' : 'exactly as it will be signed'}
          </span>
          <span className="gap" />
          <button type="button" className="bt s q" aria-pressed={isJson} onClick={() => setJson(!isJson)}>
            {isJson ? 'Show prose' : 'Show JSON'}
          </button>
        </div>
        <section className="scroll grow" style={{ padding: 20 }} tabIndex={0} aria-label="Statement">
          <FailureNote parts={statement.refused} />
          {decision === null && (
            <p className="d">
              {latest?.state === 'signed'
                ? `No. ${latest.number} is signed by ${latest.signatures.map(({ name }) => name).join(' and ')}. Choose a decision below only to sign a new one, which would supersede it.`
                : 'Choose a decision below: what you would sign then stands here, word for word.'}
            </p>
          )}
          {decision !== null &&
            statement.data !== null &&
            (isJson ? (
              <div className="well m11" style={{ padding: 12, whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
                {statement.data.json}
              </div>
            ) : (
              <div className="paper">
                <h2>Statement of review</h2>
                {statement.data.prose.map((paragraph) => (
                  <p key={paragraph}>{paragraph}</p>
                ))}
              </div>
            ))}
          {decision !== null && statement.data !== null && (
            <div className="diff row" style={{ marginTop: 14, padding: '4px 10px' }}>
              <Fingerprint size={16} strokeWidth={1.5} aria-hidden />
              <span className="d">Statement digest</span>
              <WholeDigest digest={statement.data.digest} />
            </div>
          )}
        </section>
        <form
          className="col"
          style={{ padding: '12px 20px 16px', borderTop: '1px solid var(--line)' }}
          onSubmit={(event) => {
            event.preventDefault();
            void sign();
          }}
        >
          <div className="named">
            <span>Decision</span>
            <div className="row wraps">
              <fieldset className="seg" aria-label="Decision">
                {decisions.map(({ value, text }) => (
                  <button
                    type="button"
                    key={value}
                    aria-pressed={decision === value}
                    disabled={isSecond && decision !== value}
                    className={decision === value ? 'on' : ''}
                    onClick={() => setPicked(value)}
                  >
                    {text}
                  </button>
                ))}
              </fieldset>
              <span className="dd el">
                {isSecond
                  ? `the second signature, as ${role}`
                  : decision === 'reject'
                    ? 'Rejecting needs fewer gates'
                    : ''}
              </span>
            </div>
          </div>
          <label className="named">
            <span>Rationale</span>
            <textarea
              className="txt signed"
              style={{ minHeight: 56 }}
              required
              value={rationale}
              onChange={(event) => setRationale(event.target.value)}
            />
          </label>
          {identities.length === 0 ? (
            <div className="row">
              <span className="d">To sign you need a key of your own.</span>
              <button type="button" className="bt" onClick={() => go({ screen: 'settings' })}>
                Create a key in Settings
              </button>
            </div>
          ) : (
            <div className="named">
              <span>Sign as</span>
              <div className="row wraps">
                <select
                  className="txt"
                  style={{ flex: '1 1 120px', maxWidth: 180 }}
                  aria-label="Who signs"
                  value={chosen?.id ?? ''}
                  onChange={(event) => setIdentityId(Number(event.target.value))}
                >
                  {identities.map(({ id, name }) => (
                    <option key={id} value={id}>
                      {name}
                    </option>
                  ))}
                </select>
                <input
                  className="txt"
                  style={{ flex: '1 1 110px', maxWidth: 190 }}
                  type="password"
                  autoComplete="off"
                  aria-label="Passphrase"
                  placeholder={chosen?.isUnlocked === true ? 'unlocked' : 'passphrase'}
                  value={passphrase}
                  onChange={(event) => setPassphrase(event.target.value)}
                />
                <span className="gap" />
                <button
                  type="submit"
                  className="bt p"
                  disabled={
                    busy ||
                    decision === null ||
                    statement.isOld ||
                    !may ||
                    rationale.trim() === '' ||
                    chosen === null ||
                    (passphrase === '' && chosen.isUnlocked === false)
                  }
                >
                  {busy ? 'Signing' : (decisions.find(({ value }) => value === decision)?.sign ?? 'Sign')}
                </button>
              </div>
            </div>
          )}
          <FailureNote parts={refused} />
        </form>
      </section>
    </>
  );
}
