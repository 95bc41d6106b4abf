import { Dialog } from '../../components/dialog.tsx';

const keys = [
  ['n', 'next unreviewed and most critical file'],
  ['v', 'mark reviewed'],
  ['a', 'annotate'],
  ['f', 'raise a finding'],
  ['Ctrl K', 'go anywhere, find anything'],
  ['arrows', 'move in a grid, a tree or the graph'],
  ['Enter', 'open'],
  ['?', 'these keys'],
] as const;

export function KeysDialog({ isOpen, onClose }: { isOpen: boolean; onClose(): void }) {
  return (
    <Dialog isOpen={isOpen} title="Keys" onClose={onClose}>
      <div className="tb">
        <h1 className="t">Keys</h1>
        <span className="gap" />
        <button type="button" className="bt s" onClick={onClose}>
          Close
        </button>
      </div>
      <div className="facts">
        {keys.map(([key, what]) => [
          <span key={key}>
            <kbd>{key}</kbd>
          </span>,
          <span key={what}>{what}</span>,
        ])}
      </div>
    </Dialog>
  );
}
