import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { readCertificate } from '../../electron/integrity/certificate.ts';
import { fulcioIdentity } from '../../electron/integrity/fulcio-certificate.ts';
import { fitsPatterns } from '../../electron/verification/key-use.ts';

/** A case as its list describes it, without its label. */
export interface Case {
  path: string;
  artifact?: string;
  params?: Record<string, unknown>;
}

/** Parameters that name what is signed or what helps to follow it: they lie beside the evidence, and are not trusted. */
const beside = new Set(['artifact', 'intermediates']);
/** Parameters that name the evidence itself, or say what it is: nothing is done for them. */
const evidenceItself = new Set([
  'signature', 'model', 'token', 'data', 'bom', 'layout', 'link_dir', 'envelope', 'bundle', 'attestations', 'crate',
  'document', 'events', 'pointer', 'file', 'head', 'checkpoint', 'proof', 'entry', 'ledger', 'log', 'anchor',
]); // biome-ignore format: a list
/** What a case folder calls the reviewer's own: it is handed over as trust, and is no evidence. */
const trustName =
  /^(key|keys|identity|issuer|namespace|allowed_signers|revoked_keys|ts_chain\.pem|log(\.v3)?\.json|verifier-keys\.txt|trusted_root(\..*)?\.json|(signer-)?key\.[a-z]+|[a-z]+\.pub|.*public.*\.(pgp|asc|pem)|keyring\..*)$/;

/** Whom the conformance suite of Sigstore asks for where a case does not say (its README, "identity" and "issuer"). */
const suiteIdentity = {
  identity:
    'https://github.com/sigstore-conformance/extremely-dangerous-public-oidc-beacon/.github/workflows/extremely-dangerous-oidc-beacon.yml@refs/heads/main',
  issuer: 'https://token.actions.githubusercontent.com',
};

const namesIn = (value: unknown): string[] =>
  (Array.isArray(value) ? value : [value]).filter((each): each is string => typeof each === 'string');
const isFile = (path: string) => existsSync(path) && statSync(path).isFile();
const isIn = (folder: string) => (existsSync(folder) && statSync(folder).isDirectory() ? readdirSync(folder) : []);

export interface Staged {
  evidence: string;
  trust: string | null;
  /** Text of a policy, where the case names what a reviewer accepts. */
  policy: string | null;
}

/**
 * Lays a case out as a reviewer would hold it: the evidence in one place, her keys and roots in another.
 * @param root folder of the corpus; @param place an empty folder of ours
 */
export function stageCase(root: string, given: Case, place: string): Staged {
  const source = join(root, given.path);
  const params = given.params ?? {};
  const trust = join(place, 'trust');
  mkdirSync(trust);
  if (!statSync(source).isDirectory()) {
    const evidence = join(place, basename(source));
    cpSync(source, evidence);
    return { evidence, trust: null, policy: null };
  }
  const evidence = join(place, 'evidence');
  cpSync(source, evidence, { recursive: true, verbatimSymlinks: true });
  const found = (name: string) => [join(root, name), join(source, name)].find(isFile);
  const trusted: string[] = [];
  for (const [param, value] of Object.entries({
    ...params,
    ...(given.artifact === undefined ? {} : { artifact: given.artifact }),
  })) {
    if (evidenceItself.has(param)) continue;
    for (const name of namesIn(value)) {
      const file = found(name);
      if (file === undefined) continue;
      const target = join(beside.has(param) ? evidence : trust, basename(file));
      if (!existsSync(target)) cpSync(file, target);
      if (beside.has(param)) continue;
      trusted.push(basename(file));
      // What the case names as the reviewer's own is no evidence, wherever it lies.
      if (file.startsWith(`${source}/`)) rmSync(join(evidence, name), { force: true });
    }
  }
  for (const name of isIn(evidence)) {
    if (name === 'README') rmSync(join(evidence, name));
    if (!trustName.test(name) || !isFile(join(evidence, name)) || namesIn(params['pointer']).includes(name)) continue;
    if (!existsSync(join(trust, name))) cpSync(join(evidence, name), join(trust, name));
    trusted.push(name);
    rmSync(join(evidence, name));
  }
  // A bundle names its log and its authority; where the case gives no root, the corpus has the public one.
  if (!trusted.some((name) => /trusted_root|\.pub$|\.pem$/.test(name)))
    for (const name of isIn(join(root, 'common/trust'))) {
      cpSync(join(root, 'common/trust', name), join(trust, name));
      trusted.push(name);
    }
  refine(trust, trusted, params, signerIn(evidence), isFile(join(root, 'common/README.upstream.md')));
  // One archive alone is what a reviewer is handed, and opens as it is.
  const [only, ...others] = isIn(evidence);
  const isArchive = only !== undefined && others.length === 0 && /\.(zip|tar|tar\.gz|tgz)$/i.test(only);
  return {
    evidence: isArchive ? join(evidence, only) : evidence,
    trust: trusted.length === 0 ? null : trust,
    policy: policyOf(params),
  };
}

interface Identity {
  identity: string;
  issuer: string;
}
/** For whom the certificate of a bundle is, and who vouched: read as text, for a case that names nobody. */
function signerIn(evidence: string): Identity | null {
  for (const name of isIn(evidence)) {
    const path = join(evidence, name);
    if (!isFile(path) || statSync(path).size > 4 * 2 ** 20) continue;
    const text = readFileSync(path, 'utf8');
    const [, raw] =
      /"(?:certificate|certificates|cert)"\s*:\s*\[?\s*\{?\s*(?:"rawBytes"\s*:\s*)?"([A-Za-z0-9+/=]{200,})"/.exec(
        text,
      ) ?? [];
    if (raw === undefined) continue;
    try {
      const certificate = readCertificate(Buffer.from(raw, 'base64'));
      const { identities, issuer } = fulcioIdentity(certificate);
      if (identities[0] !== undefined && issuer !== null) return { identity: identities[0], issuer };
    } catch {
      // No certificate of a Sigstore instance: nobody is named.
    }
  }
  return null;
}

/** The names of a line of allowed_signers, where the case asks for one of them: that one alone, or somebody else. */
const asked = (identity: string) => (_line: string, names: string, options: string) =>
  fitsPatterns(names.split(','), identity)
    ? `${identity} ${options}`
    : `nobody namespaces="nothing-that-was-asked-for"${/\bcert-authority\b/.test(options) ? ',cert-authority' : ''} `;

/** What a case says that its reviewer accepts, in the words of a policy. */
function policyOf(params: Record<string, unknown>): string | null {
  const ignored = namesIn(params['ignore_paths']);
  const files = params['ignore_unsigned_files'] === true ? 'warn' : 'fail';
  // A layout counts where every key that its verifier has signed it (in-toto specification 1.0, 5.1).
  const layout = namesIn(params['layout_keys']).length;
  const sections = [
    ...(ignored.length === 0 && files === 'fail' ? [] : [`unsigned: ${JSON.stringify({ ignored, files })}`]),
    ...(layout < 2 ? [] : [`signatures: ${JSON.stringify({ required: { layout } })}`]),
  ];
  return sections.length === 0 ? null : `version: 1\nname: as the case says\n${sections.join('\n')}\n`;
}

/** Identities, namespaces and uses that a case states go into the reviewer's own words: trust.yaml, allowed_signers. */
function refine(
  trust: string,
  trusted: readonly string[],
  params: Record<string, unknown>,
  signer: Identity | null,
  isSuite: boolean,
): void {
  const taken = (name: string): string | null => {
    const path = join(trust, name);
    if (!isFile(path)) return null;
    const text = readFileSync(path, 'utf8').trim();
    rmSync(path);
    return text;
  };
  const text = (name: string) => (typeof params[name] === 'string' ? params[name] : null);
  const identity = taken('identity') ?? text('identity');
  const issuer = taken('issuer') ?? text('oidc_issuer');
  const namespace = taken('namespace') ?? text('namespace');
  const sections: string[] = [];
  const roots = trusted.filter((name) => /^trusted_root.*\.json$/.test(name));
  // Where the case names nobody, whoever the certificate is for is asked about: its mathematics, not its name.
  const wanted =
    identity === null && issuer === null && !isSuite
      ? (signer ?? suiteIdentity)
      : { identity: identity ?? suiteIdentity.identity, issuer: issuer ?? suiteIdentity.issuer };
  if (roots.length > 0)
    sections.push(
      'sigstore:',
      ...roots.map((root) => `  - { root: ${JSON.stringify(root)}, identities: [${JSON.stringify(wanted)}] }`),
    );
  // Roots beside a token are roots of time-stampers; they vouch for times and for nothing else.
  const stampers = [...(params['token'] === undefined ? [] : namesIn(params['roots'])), 'ts_chain.pem']
    .map((name) => basename(name))
    .filter((name) => isFile(join(trust, name)));
  if (stampers.length > 0)
    sections.push('timestampers:', ...stampers.map((name) => `  - { file: ${JSON.stringify(name)} }`));
  if (sections.length > 0) writeFileSync(join(trust, 'trust.yaml'), `${sections.join('\n')}\n`);
  const signers = join(trust, 'allowed_signers');
  if (identity !== null && isFile(signers))
    writeFileSync(
      signers,
      readFileSync(signers, 'utf8').replace(/^([^\s#]\S*) (.*?)(?=(?:ssh|ecdsa|sk)-)/gm, asked(identity)),
    );
  if (namespace !== null && isFile(signers))
    writeFileSync(
      signers,
      readFileSync(signers, 'utf8').replace(
        /^(\S+) (?=(?:ssh|ecdsa|sk)-)/gm,
        (_, principal: string) => `${principal} namespaces="${namespace}" `,
      ),
    );
  const key = join(trust, 'key.pub');
  if (namespace !== null && isFile(key) && /^(ssh|ecdsa|sk)-/.test(readFileSync(key, 'utf8'))) {
    writeFileSync(join(trust, 'allowed_signers'), `* namespaces="${namespace}" ${readFileSync(key, 'utf8').trim()}\n`);
    rmSync(key);
  }
}
