import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { examine } from './examine.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-documents-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
let count = 0;
const look = (path: string) =>
  examine(
    { path, trust: { entries: [] }, asOf: '2026-11-21T00:00:00Z', staging: scratch },
    {},
    new AbortController().signal,
  );
function folderOf(files: Record<string, string | Uint8Array>): string {
  const folder = join(scratch, `case-${++count}`);
  for (const [name, held] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), held);
  }
  return folder;
}
const sum = (algorithm: string, text: string) => createHash(algorithm).update(text).digest('hex');
const data = 'a,b\n1,2\n';
const named = { name: 'data/a b.csv', sha256: sum('sha256', data), sha1: sum('sha1', data), md5: sum('md5', data) };
type Named = typeof named & { bytes: number };

/** One document of each kind about one file; the name may need to be written in its own way. */
const kinds: Record<string, { name: string; of(file: Named): string; missing: 'fail' | 'undecided' | 'warn' }> = {
  'RO-Crate': {
    name: 'ro-crate-metadata.json',
    missing: 'fail',
    of: ({ name, sha256, bytes }) =>
      JSON.stringify({
        '@context': [
          'https://w3id.org/ro/crate/1.1/context',
          { sha256: 'https://w3id.org/ro/terms/workflow-run#sha256' },
        ],
        '@graph': [
          { '@id': 'ro-crate-metadata.json', '@type': 'CreativeWork', about: { '@id': './' } },
          { '@id': './', '@type': 'Dataset', hasPart: [{ '@id': encodeURI(name) }] },
          { '@id': encodeURI(name), '@type': 'File', contentSize: String(bytes), sha256 },
        ],
      }),
  },
  Frictionless: {
    name: 'datapackage.json',
    missing: 'undecided',
    of: ({ name, md5, bytes }) => JSON.stringify({ resources: [{ name: 'a', path: name, hash: md5, bytes }] }),
  },
  Croissant: {
    name: 'metadata.json',
    missing: 'undecided',
    of: ({ name, sha256 }) =>
      JSON.stringify({
        '@context': { cr: 'http://mlcommons.org/croissant/' },
        license: 'MIT',
        distribution: [{ '@type': 'cr:FileObject', '@id': 'a', contentUrl: name, sha256: sha256.toUpperCase() }],
      }),
  },
  'SPDX 2.3': {
    name: 'a.spdx.json',
    missing: 'undecided',
    of: ({ name, sha256, sha1 }) =>
      JSON.stringify({
        spdxVersion: 'SPDX-2.3',
        SPDXID: 'SPDXRef-DOCUMENT',
        documentNamespace: 'https://evidence.example/1',
        files: [
          {
            SPDXID: 'SPDXRef-a',
            fileName: `./${name}`,
            checksums: [
              { algorithm: 'SHA1', checksumValue: sha1 },
              { algorithm: 'SHA256', checksumValue: sha256 },
            ],
          },
        ],
      }),
  },
  'SPDX tags': {
    name: 'a.spdx',
    missing: 'undecided',
    of: ({ name, sha256 }) =>
      `SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nDocumentNamespace: https://evidence.example/1\n\nFileName: ./${name}\nSPDXID: SPDXRef-a\nFileChecksum: SHA256: ${sha256}\n`,
  },
  'SPDX 3.0': {
    name: 'a.spdx3.json',
    missing: 'undecided',
    of: ({ name, sha256 }) =>
      JSON.stringify({
        '@context': 'https://spdx.org/rdf/3.0.1/spdx-context.jsonld',
        '@graph': [
          {
            type: 'software_File',
            spdxId: 'https://evidence.example/a',
            name,
            verifiedUsing: [{ type: 'Hash', algorithm: 'sha256', hashValue: sha256 }],
          },
        ],
      }),
  },
  CycloneDX: {
    name: 'bom.json',
    missing: 'undecided',
    of: ({ name, sha256 }) =>
      JSON.stringify({
        bomFormat: 'CycloneDX',
        specVersion: '1.6',
        components: [{ type: 'file', name, hashes: [{ alg: 'SHA-256', content: sha256 }] }],
      }),
  },
  'CycloneDX in XML': {
    name: 'bom.xml',
    missing: 'undecided',
    of: ({ name, sha256 }) =>
      `<?xml version="1.0"?>\n<bom xmlns="http://cyclonedx.org/schema/bom/1.6"><components><component type="file"><supplier><name>x</name></supplier><name>${name}</name><hashes><hash alg="SHA-256">${sha256}</hash></hashes></component></components></bom>\n`,
  },
};

describe('linked data says the same in many forms', () => {
  const iri = 'https://w3id.org/ro/terms/workflow-run#sha256';
  const bytes = { 'a.csv': data, 'ok.csv': data };
  const right = sum('sha256', data);
  const wrong = sum('sha256', 'another');
  const crate = (file: object, context: object = {}) =>
    JSON.stringify({
      '@context': ['https://w3id.org/ro/crate/1.1/context', { sha256: iri, wf: iri.slice(0, -6), ...context }],
      '@graph': [
        { '@id': 'ro-crate-metadata.json', '@type': 'CreativeWork', about: { '@id': './' } },
        { '@id': './', '@type': 'Dataset', hasPart: [{ '@id': 'a.csv' }, { '@id': 'ok.csv' }] },
        { '@id': 'ok.csv', '@type': 'File', sha256: right },
        { '@id': 'a.csv', '@type': 'File', ...file },
      ],
    });
  const card = (file: object, more: object[] = []) =>
    JSON.stringify({
      '@context': { sc: 'https://schema.org/', cr: 'http://mlcommons.org/croissant/', '@vocab': 'https://schema.org/' },
      license: 'MIT',
      distribution: [
        { '@type': 'cr:FileObject', '@id': 'ok', contentUrl: 'ok.csv', sha256: right },
        { '@type': 'cr:FileObject', '@id': 'a', contentUrl: 'a.csv', ...file },
        ...more,
      ],
    });
  const forms: ((digest: string) => object)[] = [
    (digest) => ({ sha256: [digest] }),
    (digest) => ({ sha256: { '@value': digest } }),
    (digest) => ({ sha256: [{ '@value': digest, '@type': 'xsd:hexBinary' }] }),
    (digest) => ({ sha256: { '@list': [digest] } }),
    (digest) => ({ [iri]: digest }),
    (digest) => ({ 'wf:sha256': digest }),
    (digest) => ({ 'sc:sha256': digest }),
    (digest) => ({ 'https://schema.org/sha256': { '@value': digest } }),
    (digest) => ({ '@nest': { sha256: digest } }),
  ];
  const of = async (name: string, document: string) => {
    const { verdict, checks } = await look(folderOf({ ...bytes, [name]: document }));
    return { verdict, codes: checks.map(({ code }) => code), checks };
  };
  it('of a digest, which counts in each of them, and in a list each one', async () => {
    for (const form of forms)
      for (const [name, make] of [
        ['ro-crate-metadata.json', crate],
        ['metadata.json', card],
      ] as const) {
        // A crate is flat: one that nests its members for their looks is none.
        const good = name !== 'metadata.json' && '@nest' in form(right) ? 'fail' : 'pass';
        expect([form(right), (await of(name, make(form(right)))).verdict]).toEqual([form(right), good]);
        const bad = await of(name, make(form(wrong)));
        expect([form(wrong), bad.codes.includes('digest-mismatch')]).toEqual([form(wrong), true]);
      }
    const both = { sha256: [right, wrong] };
    expect((await of('ro-crate-metadata.json', crate(both))).verdict).toBe('fail');
    expect((await of('metadata.json', card(both))).verdict).toBe('fail');
    const alias = await of('ro-crate-metadata.json', crate({ sum: wrong }, { sum: { '@id': 'wf:sha256' } }));
    expect(alias.verdict).toBe('fail');
  });
  it('of a type and of a place', async () => {
    for (const file of [
      { '@type': ['cr:FileObject', 'sc:MediaObject'], sha256: wrong },
      { '@type': 'http://mlcommons.org/croissant/FileObject', sha256: wrong },
      { contentUrl: ['a.csv'], sha256: wrong },
      { contentUrl: { '@value': 'a.csv' }, sha256: wrong },
      { 'cr:md5': sum('md5', 'another') },
    ])
      expect([file, (await of('metadata.json', card(file))).verdict]).toEqual([file, 'fail']);
    for (const type of [['File'], 'http://schema.org/MediaObject', 'SoftwareSourceCode'])
      expect((await of('ro-crate-metadata.json', crate({ '@type': type, sha256: wrong }))).verdict).toBe('fail');
  });
  it('and what is called a digest and is not understood is named', async () => {
    for (const [file, inCrate] of [
      [{ contentDigest: right }, 'warn'],
      [{ sha256: { '@id': '#sum' } }, 'warn'],
      [{ checksum: 1 }, 'warn'],
      // A crate holds nothing that is nested.
      [{ sha256: { en: right } }, 'fail'],
    ] as const)
      for (const [name, document, verdict] of [
        ['ro-crate-metadata.json', crate(file), inCrate],
        ['metadata.json', card(file), 'warn'],
      ] as const) {
        const said = await of(name, document);
        expect([name, file, said.verdict]).toEqual([name, file, verdict]);
        expect(said.codes).toContain('digest-placeholder');
      }
  });
  it('of a file inside an archive, which is not the one of its name outside', async () => {
    const zip = { '@type': 'cr:FileObject', '@id': 'z', contentUrl: 'z.zip', encodingFormat: 'application/zip' };
    const { codes } = await of('metadata.json', card({ containedIn: { '@id': 'z' }, sha256: wrong }, [zip]));
    expect([codes.includes('digest-mismatch'), codes.includes('data-elsewhere')]).toEqual([false, true]);
    const git = { ...zip, encodingFormat: 'git+https', contentUrl: 'https://example.com/r' };
    const repo = await of('metadata.json', card({ containedIn: { '@id': 'z' }, sha256: wrong }, [git]));
    expect(repo.verdict).toBe('fail');
  });
});

describe('a data package', () => {
  const of = (path: string) => JSON.stringify({ name: 'p', resources: [{ name: 'r', path, hash: named.md5 }] });
  it('names nothing above itself', async () => {
    for (const path of ['../a.csv', 'sub/../../a.csv', '/etc/hostname', '..\\a.csv']) {
      const { verdict, checks } = await look(folderOf({ 'a.csv': data, 'p/datapackage.json': of(path) }));
      expect([verdict, checks.some(({ code }) => code === 'document-invalid')]).toEqual(['fail', true]);
    }
    const inside = { 'p/a..b.csv': data, 'p/datapackage.json': of('a..b.csv') };
    expect((await look(folderOf(inside))).verdict).toBe('warn');
  });
});

describe('a reference of a bill of materials to what lies beside it', () => {
  const bom = (url: string) =>
    JSON.stringify({
      bomFormat: 'CycloneDX',
      specVersion: '1.6',
      components: [
        {
          type: 'machine-learning-model',
          name: 'triage',
          externalReferences: [{ type: 'distribution', url, hashes: [{ alg: 'SHA-256', content: named.sha256 }] }],
        },
      ],
    });
  it('is held against it, by its name or with its escapes undone', async () => {
    for (const url of [named.name, `./${named.name}`, 'data/a%20b.csv']) {
      expect((await look(folderOf({ 'bom.json': bom(url), [named.name]: data }))).verdict).toBe('pass');
      expect((await look(folderOf({ 'bom.json': bom(url), [named.name]: 'x' }))).verdict).toBe('fail');
    }
    expect((await look(folderOf({ 'bom.json': bom('https://x.example/a'), [named.name]: data }))).verdict).toBe(
      'undecided',
    );
  });
});

describe.each(Object.entries(kinds))('%s', (_, kind) => {
  const document = kind.of({ ...named, bytes: data.length });
  const codes = async (files: Record<string, string>) => {
    const { verdict, checks } = await look(folderOf(files));
    return [verdict, ...checks.map(({ code }) => code)];
  };
  it('passes a file that is as it says, and fails one that was edited', async () => {
    const [verdict, ...said] = await codes({ [kind.name]: document, [named.name]: data });
    expect(['pass', 'warn']).toContain(verdict);
    expect(said).toContain('digest-match');
    const edited = await codes({ [kind.name]: document, [named.name]: data.replace('1', '7') });
    expect(edited[0]).toBe('fail');
    expect(edited).toContain('digest-mismatch');
  });

  it('names a file that is not here', async () => {
    const { verdict, checks } = await look(folderOf({ [kind.name]: document, 'other.txt': 'x' }));
    expect(verdict).not.toBe('pass');
    const found = checks.find(({ code }) => code === 'file-missing' || code === 'data-not-here');
    expect(found?.verdict).toBe(kind.missing);
    expect(`${found?.subject} ${found?.message}`).toContain('a b.csv');
  });

  it('opens no name that leads out, and says what is cut off', async () => {
    const { files } = await look(
      folderOf({ [kind.name]: kind.of({ ...named, bytes: data.length, name: '../secret' }), 'x.csv': data }),
    );
    expect(files.some(({ path }) => path.includes('secret'))).toBe(false);
    if (/^[{<]/.test(document))
      expect((await codes({ [kind.name]: document.slice(0, -9), [named.name]: data }))[0]).toBe('fail');
  });

  it('ends in checks on spoiled bytes', async () => {
    const held = Buffer.from(document);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: held.length - 1 }), fc.uint8Array({ maxLength: 3 }), async (at, put) => {
        const spoiled = Buffer.concat([held.subarray(0, at), put, held.subarray(at + 1)]);
        await look(folderOf({ [kind.name]: spoiled, [named.name]: data }));
      }),
      { seed: 5, numRuns: 25 },
    );
  });
});

it('holds a size apart from the digest', async () => {
  for (const kind of ['RO-Crate', 'Frictionless']) {
    const { name, of } = kinds[kind] ?? { name: '', of: () => '' };
    const { checks } = await look(folderOf({ [name]: of({ ...named, bytes: 99 }), [named.name]: data }));
    expect(
      checks.map(({ code }) => code),
      kind,
    ).toContain('size-mismatch');
  }
});

interface Labelled {
  id: string;
  expected: string;
  path: string;
}
const corpora = '../shared/corpora';
const casesOf = (corpus: string): Labelled[] =>
  existsSync(`${corpora}/${corpus}`)
    ? (JSON.parse(readFileSync(`${corpora}/${corpus}/GIVE/cases.json`, 'utf8')) as { cases: Labelled[] }).cases
    : [];
for (const corpus of ['ro-crate', 'spdx3', 'croissant'])
  it.skipIf(casesOf(corpus).length === 0)(
    `finds what digests find in ${corpus}, and accepts what is right (skipped where the corpora are not there)`,
    async () => {
      const differing: string[] = [];
      for (const { id, expected, path } of casesOf(corpus)) {
        const { verdict, checks } = await look(join(corpora, corpus, path));
        const isWrong =
          (expected === 'valid' && (verdict === 'fail' || verdict === 'policy')) ||
          (expected === 'hash-mismatch' && verdict !== 'fail') ||
          (expected === 'data-not-present' && !checks.some(({ code }) => code === 'data-not-here')) ||
          (/^(invalid|inconsistent)$/.test(expected) &&
            verdict === 'pass' &&
            checks.every((c) => c.verdict === 'pass'));
        if (isWrong) differing.push(`${id}: ${expected}, said ${verdict}`);
      }
      expect(differing).toEqual([]);
    },
  );
