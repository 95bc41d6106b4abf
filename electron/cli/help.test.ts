import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { runAssay } from '../../e2e/testkit/run-assay.ts';
import { commands } from './index.ts';

const page = resolve('resources/docs/command-line.md');

it('what help says of each command stands in the page that ships, word for word', async () => {
  const said = async (...of: string[]) => (await runAssay(['help', ...of], { cwd: '.', env: {} })).out;
  const each = await Promise.all(commands.map(({ name }) => said(...name.split(' '))));
  const [, statuses = ''] = /\n(Exit status:\n[\s\S]+)$/.exec(await said()) ?? [];
  const text = readFileSync(page, 'utf8');
  const before = text.slice(0, text.indexOf('## The commands\n'));
  // After a command was changed: npx vitest run electron/cli/help.test.ts -u
  await expect(`${before}## The commands\n\n\`\`\`text\n${[...each, statuses].join('\n')}\`\`\`\n`).toMatchFileSnapshot(
    page,
  );
});
