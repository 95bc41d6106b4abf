import type { Defect } from '../../../shared/fact.ts';
import type { Format } from './format.ts';

/**
 * Lines of a path file of Python (docs.python.org, library, site): a comment, a statement that begins with `import`, or a
 * folder. No pickle has such lines alone: what it imports stands in a line of its own, without a slash.
 */
const line = /^(#.*|import[ \t].*|[^'"()]*[/\\][^'"()]*|[ \t]*)$/;
const most = 20;

/** Path files, which share their ending with models: Python reads them when it starts, and runs their imports. */
export const pythonPath: Format = {
  id: 'python-path',
  title: 'Python path file',
  sieve: { endings: ['pth'] },
  recognise: ({ name, head, bytes }) => {
    if (!/\.pth$/i.test(name) || bytes === 0 || bytes > head.length) return false;
    const text = Buffer.from(head).toString('latin1');
    return /^[\t\n\r\x20-\x7e]*$/.test(text) && text.split(/\r?\n/).every((each) => line.test(each));
  },
  read(file, facts) {
    const place = { path: file.path };
    const lines = file.text(file.bytes).split(/\r?\n/);
    const defects = lines.flatMap((each, index): Defect[] =>
      /^import[ \t]/.test(each)
        ? [
            {
              code: 'text-active',
              detail: 'Python runs this line whenever it starts.',
              place: { ...place, line: index + 1 },
            },
          ]
        : [],
    );
    facts.add({
      kind: 'document',
      format: 'python-path',
      title: 'Python path file',
      place,
      properties: [{ name: 'Lines', value: String(lines.filter((each) => each.trim() !== '').length) }],
      defects: defects.slice(0, most),
    });
  },
};
