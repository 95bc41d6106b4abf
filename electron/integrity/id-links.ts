import { type ChainRule, field, type Row, textIn } from './chain-rule.ts';
import type { Stream } from './chain-streams.ts';

/** A record that names another by its id or number than the one that stands before it, though the hashes agree. */
export interface Misnamed {
  entry: number;
  line: number;
  member: string;
  expected: string;
  actual: string;
  /** Whether the member can mean nothing but the record before; a parent may be that of a tree. */
  isSure: boolean;
}

const ofRecords = 'record|entry|row|block|log|link|audit';
const numbered = 'id|uuid|ulid|ref|seq|sequence|no|number|index|idx|height|position';
const before = 'prev|previous|prior|preceding|predecessor';
/** Members that can only mean the record before (`parent_record_id` of draft-sharif-agent-audit-trail-06, `prev_seq`). */
const sureName = new RegExp(
  `^((${before})(_?[a-z]+)?_?(${numbered})|(parent|ancestor)_?(${ofRecords})_?(${numbered})|${before})$`,
  'i',
);
/** Members that mean it where every record of a ledger uses them so. */
const likelyName = new RegExp(`^parent(_?[a-z]+)?_?(${numbered})$`, 'i');
const prefix = new RegExp(`^(${before}|parent|ancestor)_?`, 'i');
const listedAtMost = 100;

/** Records that name the one before by its id or its number, beside its hash. Which members do so is found from the first. */
export class IdLinks {
  readonly misnamed: Misnamed[] = [];
  private readonly found: { link: string; id: string; isSure: boolean } | null;

  constructor(rule: ChainRule | null, rows: readonly Row[]) {
    this.found = rule?.previousField == null ? null : find(rule, rows);
  }

  /** Whether records name the one before so: they are then read one by one. */
  get isUsed(): boolean {
    return this.found !== null;
  }

  /**
   * Takes the next record of a chain.
   * @param follows whether its hash is seen to follow: otherwise what it names says no more than the broken link does
   */
  follow(stream: Stream, row: Row, entry: number, line: number, follows: boolean): void {
    const { found, misnamed } = this;
    if (found === null) return;
    const { link, id, isSure } = found;
    const expected = stream.id;
    const actual = textIn(row.node, link);
    // A tree has many roots; a chain has one.
    const isNamed = field(row.node, link) !== undefined && (isSure || actual !== '');
    if (follows && expected !== undefined && isNamed && actual !== expected && misnamed.length < listedAtMost)
      misnamed.push({ entry, line, member: link, expected, actual, isSure });
    stream.id = textIn(row.node, id);
  }
}

const scalars = ({ node }: Row): string[] =>
  node.kind !== 'object'
    ? []
    : node.members.flatMap(({ name, value }) =>
        value.kind === 'object' || value.kind === 'array' || name.includes('.') ? [] : [name],
      );

function find({ hashField, previousField }: ChainRule, rows: readonly Row[]): IdLinks['found'] {
  const names = [...new Set(rows.slice(0, 8).flatMap(scalars))].filter(
    (name) => name !== hashField && name !== previousField,
  );
  for (const link of names) {
    const isSure = sureName.test(link);
    if (!isSure && !likelyName.test(link)) continue;
    for (const id of names.filter((name) => name !== link)) {
      const named = rows.slice(1).filter(({ node }) => textIn(node, link) !== '').length;
      const agree = rows
        .slice(1)
        .filter(({ node }, i) => textIn(node, link) !== '' && textIn(node, link) === textIn(rows[i]?.node ?? node, id));
      const isCalledSo = isSure && link.replace(prefix, '').toLowerCase() === id.toLowerCase();
      const isMeant = isSure
        ? agree.length >= (isCalledSo ? 1 : 2) && agree.length * 3 >= named * 2
        : agree.length >= 3 && named - agree.length <= 1;
      // Members that never change name nothing.
      if (isMeant && new Set(agree.map(({ node }) => textIn(node, link))).size === agree.length)
        return { link, id, isSure };
    }
  }
  return null;
}
