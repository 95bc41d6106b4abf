import type { PlainValue } from '../yaml.ts';

interface Row {
  [name: string]: PlainValue;
}

/** Tags that stand once, by what they are called in JSON. */
const names: Record<string, string> = {
  SPDXVersion: 'spdxVersion',
  DocumentNamespace: 'documentNamespace',
  FileName: 'fileName',
  PackageName: 'name',
  PackageFileName: 'packageFileName',
  SPDXID: 'SPDXID',
};

/**
 * An SPDX document in tags and values (SPDX 2.3, "Tag-value") in the shape of its JSON, as far as files go. A file
 * belongs to the package it follows, as the order of the form says.
 */
export function readTagValue(text: string): Row {
  const [files, packages, snippets, relationships]: Row[][] = [[], [], [], []];
  const document: Row = { files, packages, snippets, relationships } as Row;
  let section = document;
  let kind = 'document';
  let owned: PlainValue[] = [];
  let sums: PlainValue[] = [];
  const begin = (list: Row[] | undefined, next: string): void => {
    kind = next;
    sums = [];
    section = next === 'snippet' ? {} : { checksums: sums };
    list?.push(section);
  };
  // Texts over several lines hold anything, tags too.
  for (const line of text.replace(/<text>[\s\S]*?<\/text>/g, '').split(/\r?\n/)) {
    const [, tag = '', raw = ''] = /^([A-Za-z]+):(.*)$/.exec(line) ?? [];
    const value = raw.trim();
    if (tag === 'FileName') begin(files, 'file');
    else if (tag === 'PackageName') {
      begin(packages, 'package');
      owned = [];
      section['hasFiles'] = owned;
    } else if (tag === 'SnippetSPDXID') {
      begin(snippets, 'snippet');
      section['SPDXID'] = value;
    }
    const name = names[tag];
    if (name !== undefined) section[name] = value;
    if (tag === 'SPDXID' && kind === 'file') owned.push(value);
    if (tag === 'FileChecksum' || tag === 'PackageChecksum') {
      const [, algorithm = '', checksumValue = ''] = /^([A-Za-z0-9-]+):\s*(\S+)$/.exec(value) ?? [];
      sums.push({ algorithm, checksumValue });
    }
    if (tag === 'PackageVerificationCode')
      section['packageVerificationCode'] = { packageVerificationCodeValue: value.split(/\s/)[0] ?? '' };
    if (tag === 'Relationship') {
      const [from = '', type = '', to = ''] = value.split(/\s+/);
      relationships?.push({ spdxElementId: from, relationshipType: type, relatedSpdxElement: to });
    }
  }
  return document;
}
