import type { Answer } from '../corpora/ask-cases.ts';

/** Budget of one case (README of the hostile files). Files written count against the declared limits of the product. */
const budget = { seconds: 10, documentSeconds: 5, growthMiB: 400, crowdedGrowthMiB: 600, crowdedFrom: 20_000 };
const documents = new Set(['json', 'yaml', 'xml', 'pdf', 'gguf', 'onnx', 'safetensors', 'pickle']);

/** Which promise of the budget an answer broke; '' where none. */
export function overBudget(family: string, { busySeconds, growthMiB, files }: Answer): string {
  const most = documents.has(family) ? budget.documentSeconds : budget.seconds;
  if (busySeconds > most) return `took ${busySeconds.toFixed(1)} s, of ${most} s`;
  const mostGrowth = files > budget.crowdedFrom ? budget.crowdedGrowthMiB : budget.growthMiB;
  return growthMiB > mostGrowth ? `grew by ${growthMiB} MiB, of ${mostGrowth} MiB` : '';
}

/** What a label asks of an answer (verdict words of the hostile files). Null: it asks nothing that one run can show. */
export function agrees(expect: string, { verdict, checks, unread }: Answer): boolean | null {
  const isRefused = verdict === 'refused';
  // Severity of a warning or higher, naming the item: that nothing could be checked names nothing.
  const isFlagged =
    isRefused || unread.length > 0 || checks.some((check) => check.verdict !== 'undecided' || check.subject !== '');
  const [word = ''] = expect.split(':');
  switch (word) {
    case 'ACCEPT':
      return (
        !isRefused && unread.length === 0 && !checks.some((check) => ['warn', 'fail', 'policy'].includes(check.verdict))
      );
    case 'ACCEPT-PARSE':
      return true;
    case 'FLAG':
      return isFlagged;
    case 'REJECT':
      return isRefused || verdict === 'fail' || verdict === 'policy' || unread.length > 0;
    case 'BOUNDED':
    case 'EITHER':
      return true;
    default:
      return null;
  }
}
