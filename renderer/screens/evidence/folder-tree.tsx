import { ChevronDown, ChevronRight, Folder, FolderOpen } from 'lucide-react';
import { type KeyboardEvent, useEffect, useState } from 'react';
import type { FolderRow } from '../../../shared/contract/evidence.ts';
import { visibleName } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { VerdictMark } from '../../components/verdict.tsx';

interface Shown extends FolderRow {
  depth: number;
}

/** The folders of an import with their counts and the worst below each; folders open when they are asked for. */
export function FolderTree({
  importId,
  allName,
  selected,
  onSelect,
}: {
  importId: number;
  /** What the root is called where the source gives it no name. */
  allName: string;
  selected: number | null;
  onSelect(folder: number | null): void;
}) {
  const [children, setChildren] = useState<Map<number, FolderRow[]>>(new Map());
  const [openIds, setOpenIds] = useState<Set<number>>(new Set([1]));
  const [root, setRoot] = useState<FolderRow | null>(null);
  useEffect(() => {
    setChildren(new Map());
    setOpenIds(new Set([1]));
    void backend.evidence.folders({ importId, parent: null }).then((rows) => setRoot(rows[0] ?? null));
  }, [importId]);
  useEffect(() => {
    for (const id of openIds)
      if (!children.has(id))
        void backend.evidence
          .folders({ importId, parent: id })
          .then((rows) => setChildren((known) => new Map(known).set(id, rows)));
  }, [openIds, children, importId]);
  const rows: Shown[] = [];
  const visit = (row: FolderRow, depth: number) => {
    rows.push({ ...row, depth });
    if (openIds.has(row.id)) for (const inner of children.get(row.id) ?? []) visit(inner, depth + 1);
  };
  if (root !== null) visit({ ...root, name: root.name === '' ? allName : root.name }, 0);
  const toggle = (id: number) =>
    setOpenIds((known) => {
      const next = new Set(known);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const at = Math.max(
    0,
    rows.findIndex(({ id }) => id === (selected ?? 1)),
  );
  const onKeyDown = (event: KeyboardEvent) => {
    const row = rows[at];
    if (row === undefined) return;
    if (event.key === 'ArrowDown') onSelect(rows[Math.min(rows.length - 1, at + 1)]?.id ?? null);
    else if (event.key === 'ArrowUp') onSelect(rows[Math.max(0, at - 1)]?.id ?? null);
    else if (event.key === 'ArrowRight' && row.hasFolders && !openIds.has(row.id)) toggle(row.id);
    else if (event.key === 'ArrowLeft' && openIds.has(row.id)) toggle(row.id);
    else return;
    event.preventDefault();
  };
  return (
    <div
      role="tree"
      aria-label="Folders"
      tabIndex={0}
      className="grid scroll"
      style={{ paddingTop: 4 }}
      onKeyDown={onKeyDown}
      aria-activedescendant={`folder-${selected ?? 1}`}
    >
      {rows.map((row) => {
        const isOpen = openIds.has(row.id) && row.hasFolders;
        const isSelected = row.id === (selected ?? 1);
        const Icon = isOpen ? FolderOpen : Folder;
        return (
          <div
            key={row.id}
            id={`folder-${row.id}`}
            role="treeitem"
            aria-level={row.depth + 1}
            aria-selected={isSelected}
            aria-expanded={row.hasFolders ? isOpen : undefined}
            className={`tr${isSelected ? ' sel' : ''}`}
            style={{ paddingLeft: 6 + row.depth * 14 }}
            onClick={() => onSelect(row.id)}
          >
            <span
              className="dd"
              style={{ width: 14 }}
              onClick={(event) => {
                event.stopPropagation();
                toggle(row.id);
              }}
            >
              {row.hasFolders &&
                (isOpen ? <ChevronDown size={14} aria-hidden /> : <ChevronRight size={14} aria-hidden />)}
            </span>
            <Icon size={14} strokeWidth={1.5} className="i" aria-hidden />
            <span className="el" title={visibleName(row.path)}>
              {visibleName(row.name)}
            </span>
            <span className="n">{row.files.toLocaleString('en')}</span>
            <span className="w">
              <VerdictMark verdict={row.worst} />
            </span>
          </div>
        );
      })}
    </div>
  );
}
