import { limits } from '../../../shared/limits.ts';
import { EnvelopeError, pae, parseEnvelope } from '../../integrity/dsse.ts';
import { parseJson } from '../../integrity/json.ts';
import { asObject, asText } from '../shape.ts';
import { type Format, Unreadable } from './format.ts';
import { purposeOf, readStatement } from './statement.ts';

/** DSSE envelopes, with in-toto Statements or anything else inside. */
export const dsse: Format = {
  id: 'dsse',
  title: 'Signed envelope (DSSE)',
  recognise: ({ name, head }) => {
    const text = Buffer.from(head).toString('latin1');
    return (
      /\.(json|dsse|intoto|jsonl|att|sig)$/i.test(name) &&
      text.trimStart().startsWith('{') &&
      (/"payloadType"\s*:/.test(text) || (/\.dsse\.json$/i.test(name) && /"payload"\s*:/.test(text)))
    );
  },
  read(file, facts) {
    try {
      const envelope = parseEnvelope(file.whole(limits.jsonBytes));
      const place = { path: file.path };
      const signature = `${file.path}#signature`;
      const isStatement = envelope.payloadType === 'application/vnd.in-toto+json';
      const statement = isStatement ? asObject(parseJson(envelope.payload)) : {};
      const predicateType = asText(statement['predicateType']);
      const use = isStatement ? purposeOf(predicateType) : 'document';
      facts.add({
        kind: 'signature',
        id: signature,
        scheme: 'dsse',
        use,
        title: 'Signed envelope',
        place,
        signed: pae(envelope.payloadType, envelope.payload).toString('base64'),
        signatures: envelope.signatures.map(({ keyId, value, certificates }) => ({
          keyId,
          name: null,
          value: value.toString('base64'),
          certificates,
        })),
        predicateType,
      });
      const { subjects } = isStatement ? readStatement(file, statement, signature, facts) : { subjects: 0 };
      const title =
        { provenance: 'Build provenance', approval: 'Approval', statement: 'Statement', link: 'Link' }[use as string] ??
        'Signed envelope';
      facts.add({
        kind: 'document',
        format: 'dsse',
        title: `${title} (DSSE)`,
        place,
        properties: [
          { name: 'Payload type', value: envelope.payloadType },
          ...(predicateType === null
            ? []
            : [{ name: 'Predicate type', value: predicateType, pointer: '/predicateType' }]),
          { name: 'Subjects', value: String(subjects) },
          ...envelope.signatures.map(({ keyId }) => ({ name: 'Key id', value: keyId ?? 'none' })),
        ],
        defects: [],
      });
    } catch (error) {
      if (error instanceof EnvelopeError) throw new Unreadable(error.message);
      throw error;
    }
  },
};
