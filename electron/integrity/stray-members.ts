import { isSignatureName } from './chain-candidates.ts';
import type { ChainRule, Row } from './chain-rule.ts';

const listedAtMost = 100;
const namesOf = ({ node }: Row): string[] => (node.kind === 'object' ? node.members.map(({ name }) => name) : []);

/**
 * Members that stand in single records and that no hash covers. Where a rule hashes some members alone, anybody can add
 * one afterwards, and the chain holds as before.
 */
export class StrayMembers {
  readonly found: { entry: number; line: number; member: string }[] = [];
  private readonly usual: ReadonlySet<string> | null;

  /** @param rows the first records: what stands in two of them or in an eighth belongs to this ledger */
  constructor(rule: ChainRule | null, rows: readonly Row[]) {
    const isOfMembers = rule !== null && (rule.preimage === 'members' || rule.preimage === 'list');
    if (rule === null || !isOfMembers) {
      this.usual = null;
      return;
    }
    const counts = new Map<string, number>();
    for (const row of rows) for (const name of namesOf(row)) counts.set(name, (counts.get(name) ?? 0) + 1);
    const often = Math.max(2, rows.length / 8);
    const chained = [...rule.members, rule.hashField, rule.previousField, rule.signatureField];
    const digested = rule.inner.flatMap(({ hashField, member }) => [hashField, member]);
    this.usual = new Set([
      ...[...counts].flatMap(([name, count]) => (count >= often ? [name] : [])),
      ...[...chained, ...digested].flatMap((path) => path?.split('.')[0] ?? []),
    ]);
  }

  look(row: Row, entry: number, line: number): void {
    if (this.usual === null) return;
    for (const member of namesOf(row))
      if (!this.usual.has(member) && !isSignatureName(member) && this.found.length < listedAtMost)
        this.found.push({ entry, line, member });
  }
}
