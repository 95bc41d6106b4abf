import { useState } from 'react';
import { counted } from '../../../shared/counted.ts';
import { backend } from '../../backend.ts';
import { Markdown } from '../../components/markdown.tsx';
import { FailureNote } from '../../components/note.tsx';
import { useSession } from '../../state/session.ts';
import { useAct, useQuery } from '../../state/use-query.ts';
import { IdentityPart } from './identity-part.tsx';
import { PolicyPart } from './policy-part.tsx';
import { TrustPart } from './trust-part.tsx';

const parts = ['Who I am', 'Whom I trust', 'Policy', 'Store', 'Limits', 'Appearance', 'Help'] as const;
type Part = (typeof parts)[number];

export function SettingsScreen() {
  const [part, setPart] = useState<Part>('Who I am');
  return (
    <>
      <section className="pane side" style={{ width: 180 }}>
        <div className="tb">
          <h1>Settings</h1>
        </div>
        <nav className="scroll" style={{ padding: 8 }} aria-label="Settings">
          {parts.map((each) => (
            <button
              type="button"
              key={each}
              className={`tr${part === each ? ' sel' : ''}`}
              style={{ width: '100%', paddingLeft: 10 }}
              aria-current={part === each || undefined}
              onClick={() => setPart(each)}
            >
              {each}
            </button>
          ))}
        </nav>
      </section>
      <section className="pane grow">
        <div className="tb">
          <h2 className="t">{part}</h2>
        </div>
        <section className="scroll grow" tabIndex={0} aria-label={part}>
          {part === 'Who I am' && <IdentityPart />}
          {part === 'Whom I trust' && <TrustPart />}
          {part === 'Policy' && <PolicyPart />}
          {part === 'Store' && <StorePart />}
          {part === 'Limits' && <LimitsPart />}
          {part === 'Appearance' && <AppearancePart />}
          {part === 'Help' && <HelpPart />}
        </section>
      </section>
    </>
  );
}

function StorePart() {
  const state = useQuery(() => backend.journal.state(), []).data;
  if (state === null) return null;
  return (
    <div className="facts">
      <span>Where</span>
      <span className="m">{state.store}</span>
      <span>Size</span>
      <span>{counted(state.bytes, 'byte')}</span>
      <span>Journal</span>
      <span>
        {counted(state.entries, 'act')}, anchored at {state.checkpointSize.toLocaleString('en')}
      </span>
      <span>State</span>
      <span>
        {state.health.state === 'sound' ? 'Sound: the journal, its anchor and the tables agree' : state.health.message}
      </span>
    </div>
  );
}

function LimitsPart() {
  const limits = useQuery(() => backend.settings.limits(), []).data ?? [];
  return (
    <>
      <p className="sec d">What evidence may cost at most. Whatever is larger is refused, by the name of the limit.</p>
      <div className="facts">
        {limits.map(({ name, value }) => [
          <span key={name}>{name}</span>,
          <span key={`${name}v`} className="m">
            {value}
          </span>,
        ])}
      </div>
    </>
  );
}

function AppearancePart() {
  const { setTheme } = useSession();
  const settings = useQuery(() => backend.settings.get(), []).data;
  const { refused, act } = useAct();
  if (settings === null) return null;
  const save = (part: Partial<typeof settings>) =>
    act(async () => {
      const next = await backend.settings.set(part);
      setTheme(next.theme);
      useSession.getState().changed();
    });
  return (
    <div className="form">
      <label className="f">
        Theme
        <select value={settings.theme} onChange={(event) => save({ theme: event.target.value as 'light' })}>
          <option value="system">as the system</option>
          <option value="light">light</option>
          <option value="dark">dark</option>
        </select>
      </label>
      <label className="f">
        Lock my key after minutes without use
        <input
          type="number"
          min={1}
          max={480}
          defaultValue={settings.lockAfterMinutes}
          onBlur={(event) => save({ lockAfterMinutes: Number(event.target.value) })}
        />
      </label>
      <FailureNote parts={refused} />
    </div>
  );
}

function HelpPart() {
  const help = useQuery(() => backend.settings.help(), []).data ?? [];
  const [name, setName] = useState<string | null>(null);
  const shown = help.find((each) => each.name === name) ?? help[0];
  return (
    <>
      <div className="tabs">
        {help.map((each) => (
          <button
            type="button"
            key={each.name}
            className={each.name === shown?.name ? 'on' : ''}
            aria-pressed={each.name === shown?.name}
            onClick={() => setName(each.name)}
          >
            {each.title}
          </button>
        ))}
      </div>
      <Markdown text={shown?.text ?? 'No documents came with this installation.'} />
    </>
  );
}
