import { JsonError, parseJson } from '../../integrity/json.ts';
import { asObject, asText } from '../shape.ts';
import { type Format, Unreadable } from './format.ts';

const largest = 65_536;

/**
 * The head of a ledger as auditchain signs it: number and hash of the last entry, and the root of the tree over their
 * hashes. What is signed is these joined: `seq:hash:key_id`, with `:merkle_root` where there is one.
 */
export const signedHead: Format = {
  id: 'signed-head',
  title: 'Head of a ledger (signed)',
  sieve: { endings: ['json', 'checkpoint'] },
  recognise: (candidate) =>
    candidate.bytes <= largest &&
    /\.(json|checkpoint)$/i.test(candidate.name) &&
    candidate.holds('"signature_ed25519"') &&
    /"signature_ed25519"\s*:\s*"[0-9a-fA-F]+"/.test(candidate.utf8) &&
    /"hash"\s*:/.test(candidate.utf8) &&
    /"seq"\s*:\s*[0-9]/.test(candidate.utf8),
  read(file, facts) {
    let held: ReturnType<typeof asObject>;
    try {
      held = asObject(parseJson(file.whole(largest)));
    } catch (error) {
      if (error instanceof JsonError) throw new Unreadable(`${error.message}.`, error.offset);
      throw error;
    }
    const place = { path: file.path };
    const textOf = (name: string) => asText(held[name]) ?? '';
    const root = textOf('merkle_root');
    const signed = [String(held['seq']), textOf('hash'), textOf('key_id'), ...(root === '' ? [] : [root])].join(':');
    facts.add({
      kind: 'document',
      format: 'signed-head',
      title: 'Head of a ledger (signed)',
      place,
      properties: [
        { name: 'Number of the entry', value: String(held['seq']) },
        { name: 'Hash', value: textOf('hash') },
        ...(root === '' ? [] : [{ name: 'Merkle root', value: root }]),
        { name: 'Signer', value: textOf('signer_id') },
      ],
      defects: [],
    });
    facts.add({
      kind: 'signature',
      id: `${file.path}#signature`,
      scheme: 'raw',
      use: 'checkpoint',
      title: 'Head of a ledger',
      place,
      signed: Buffer.from(signed).toString('base64'),
      signatures: [
        {
          keyId: null,
          name: textOf('signer_id') || null,
          value: Buffer.from(textOf('signature_ed25519'), 'hex').toString('base64'),
          certificates: [],
        },
      ],
      predicateType: null,
    });
  },
};
