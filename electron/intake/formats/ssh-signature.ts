import type { KeyObject } from 'node:crypto';
import { checkKey, KeyError, opensshKeyId, spkiOf } from '../../integrity/public-key.ts';
import { readSshSignature } from '../../integrity/ssh-signature.ts';
import { coveredFile } from './covered-file.ts';
import { addUnreadable } from './dsse.ts';
import type { Format } from './format.ts';

const largest = 65_536;

/** The key is a part of the form: what holds by another key is not what its signer made (PROTOCOL.sshsig, 2). */
function carriedKey(key: KeyObject): { key?: string } {
  const spki = spkiOf(key);
  try {
    checkKey(key, spki);
    return { key: spki.toString('base64') };
  } catch (error) {
    if (error instanceof KeyError) return {};
    throw error;
  }
}

/** Detached signatures of OpenSSH (PROTOCOL.sshsig). */
export const sshSignature: Format = {
  id: 'ssh-signature',
  title: 'Signature (SSH)',
  sieve: { first: '-' },
  recognise: ({ bytes, latin1 }) => bytes <= largest && latin1.startsWith('-----BEGIN SSH SIGNATURE-----'),
  read(file, facts) {
    const place = { path: file.path };
    try {
      const text = file.text(largest);
      const { signer, certificate, blob, namespace, hash, value, digest } = readSshSignature(text);
      const over = coveredFile(file);
      const keyId = opensshKeyId(signer.key);
      facts.add({
        kind: 'document',
        format: 'ssh-signature',
        title: 'Signature (SSH)',
        place,
        properties: [
          { name: 'Key', value: `${signer.type} ${keyId}` },
          ...(certificate === null
            ? []
            : [
                {
                  name: 'Certificate',
                  value: `${certificate.id}, for ${certificate.principals.join(', ') || 'nobody'}`,
                },
              ]),
          { name: 'Namespace', value: namespace },
          { name: 'File', value: over ?? 'not here' },
        ],
        defects: [],
      });
      facts.add({
        kind: 'signature',
        id: `${file.path}#signature`,
        scheme: 'sshsig',
        use: 'document',
        title: 'Signature (SSH)',
        place,
        signed: Buffer.from(text).toString('base64'),
        signatures: [
          {
            keyId,
            name: null,
            value: value.toString('base64'),
            certificates: [],
            ...(digest === null ? {} : { digest }),
            ...(certificate === null ? carriedKey(signer.key) : {}),
            ...(certificate === null ? {} : { sshCertificate: blob.toString('base64') }),
          },
        ],
        predicateType: null,
        detached: { over, digest: hash, namespace },
      });
    } catch (error) {
      if (!(error instanceof KeyError)) throw error;
      addUnreadable(file, facts, 'ssh-signature', 'Signature (SSH)', error.message);
    }
  },
};
