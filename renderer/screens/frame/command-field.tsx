import { useEffect, useState } from 'react';
import { visibleName } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { Dialog } from '../../components/dialog.tsx';
import { PathText } from '../../components/values.tsx';
import { routes } from '../../routes.ts';
import { currentImport, useSession } from '../../state/session.ts';

interface Choice {
  key: string;
  title: string;
  detail: string;
  /** Whether the title is a path. */
  isPath?: boolean;
  act(): void;
}

/** Ctrl+K: go anywhere, do anything, find any text in any evidence of the case. */
export function CommandField({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  const { open, go } = useSession();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const [found, setFound] = useState<Choice[]>([]);
  useEffect(() => {
    if (!isOpen) {
      setText('');
      setFound([]);
    }
  }, [isOpen]);
  useEffect(() => {
    setAt(0);
    if (open === null || text.trim().length < 2) {
      setFound([]);
      return;
    }
    const timer = setTimeout(() => {
      backend.search.find({ caseId: open.id, text: text.trim() }).then(
        (rows) =>
          setFound(
            rows.map(({ kind, id, title, detail }) => ({
              key: `${kind}-${id}`,
              title,
              detail,
              isPath: kind === 'file' || kind === 'node',
              act: () =>
                go({
                  screen: {
                    file: 'evidence',
                    check: 'checks',
                    node: 'lineage',
                    finding: 'review',
                    entry: 'checks',
                    text: 'evidence',
                  }[kind],
                  item: id,
                }),
            })),
          ),
        () => setFound([]),
      );
    }, 120);
    return () => clearTimeout(timer);
  }, [text, open, go]);
  const commands: Choice[] = [
    ...routes
      .filter(({ group }) => group !== 'case' || open !== null)
      .map(({ id, title }) => ({ key: id, title: `Go to ${title}`, detail: 'screen', act: () => go({ screen: id }) })),
    ...(currentImport(open) === null
      ? []
      : [{ key: 'verify', title: 'Verify again', detail: 'do', act: () => go({ screen: 'checks' }) }]),
  ].filter(({ title }) => title.toLowerCase().includes(text.toLowerCase()));
  const choices = [...commands, ...found];
  const choose = (choice: Choice | undefined) => {
    choice?.act();
    onClose();
  };
  return (
    <Dialog isOpen={isOpen} title="Go to, do, or find in evidence" onClose={onClose}>
      <div className="tb">
        <input
          autoFocus
          className="grow"
          aria-label="Go to, do, or find in evidence"
          placeholder="A screen, an act, or any words in the evidence"
          value={text}
          onChange={(event) => setText(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'ArrowDown') setAt(Math.min(choices.length - 1, at + 1));
            else if (event.key === 'ArrowUp') setAt(Math.max(0, at - 1));
            else if (event.key === 'Enter') choose(choices[at]);
            else return;
            event.preventDefault();
          }}
          style={{ border: 0, background: 'none', outline: 'none', height: 38 }}
        />
      </div>
      <div role="listbox" aria-label="What was found" className="scroll">
        {choices.map((choice, index) => (
          <button
            type="button"
            role="option"
            aria-selected={index === at}
            key={choice.key}
            className={`gr${index === at ? ' sel' : ''}`}
            style={{ gridTemplateColumns: 'minmax(0,1fr) 80px', width: '100%' }}
            onClick={() => choose(choice)}
          >
            {choice.isPath === true ? (
              <PathText path={choice.title} />
            ) : (
              <span className="el">{visibleName(choice.title)}</span>
            )}
            <span className="dd r">{visibleName(choice.detail)}</span>
          </button>
        ))}
        {choices.length === 0 && <div className="empty">Nothing holds these words.</div>}
      </div>
    </Dialog>
  );
}
