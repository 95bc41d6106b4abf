import { buildPath, readCertificate } from '../../integrity/certificate.ts';
import { namedIn } from '../signature-judgement.ts';
import type { Rule } from './rule.ts';

/**
 * A certificate that is handed over alone is asked about: whether it leads to an authority that the reviewer named
 * (RFC 5280, 6). Among other evidence a certificate is judged with what it signed, and not by itself.
 */
export const certificates: Rule = {
  id: 'certificates',
  title: 'Certificates lead to whom you named',
  verify(evidence, checks) {
    const [only, ...others] = evidence.facts('certificates');
    if (only === undefined || others.length > 0 || evidence.files().length > 1) return;
    const [leaf, ...intermediates] = only.certificates.map((text) => readCertificate(Buffer.from(text, 'base64')));
    const roots = namedIn(evidence.trust.entries).authorities.map(({ certificate }) => certificate);
    if (leaf === undefined || roots.length === 0) return;
    const { path, why } = buildPath(leaf, intermediates, roots, evidence.asOf);
    checks.add({
      rule: 'certificates',
      aspect: 'origin',
      verdict: path === null ? 'policy' : 'pass',
      code: path === null ? 'certificate-no-path' : 'certificate-path',
      subject: only.place.path,
      location: only.place,
      expected: null,
      actual: leaf.subject,
      vouched: path === null ? 'nobody' : 'certificate',
      message:
        path === null
          ? why
          : `${leaf.subject} is certified by ${path.at(-1)?.subject ?? ''}, whom you named, at ${evidence.asOf.toISOString()}.`,
    });
  },
};
