import { canonicalForms } from './canonical-json.ts';
import { chainAlgorithms, chainDigest } from './chain-digest.ts';
import type { ChainRule, RuleParts } from './chain-rule.ts';

const separatorWords: Record<string, string> = { '': '', '\0': ' 0x00 ‖' };

/** The rule in words and as a formula. */
export function describe(rule: RuleParts): ChainRule {
  const { only } = rule;
  const digest = chainAlgorithms[rule.algorithm];
  const record = only ?? 'record';
  const ended = rule.ending === undefined ? '' : ' with a line feed';
  const inside = rule.digested === undefined ? '' : `the ${chainAlgorithms[rule.digested]} of `;
  const spelled =
    rule.form === null
      ? 'the record'
      : rule.form === 'line'
        ? `the line${ended}`
        : rule.onlyAs !== undefined
          ? `its member ${only}${rule.onlyAs === 'text' ? '' : ' as bytes'}`
          : `${inside}${only === undefined ? 'the record' : `its member ${only}`} as ${canonicalForms[rule.form]}${ended}`;
  const out =
    rule.leaveOut.length === 0
      ? ''
      : rule.blank === null
        ? ` without ${rule.leaveOut.join(' and ')}`
        : ` with ${rule.hashField} ${rule.blank === 'zeros' ? 'set to zeros' : 'emptied'}`;
  const sparse = rule.sparse === true ? ', members that hold null left out' : '';
  const renamed = rule.rename === null ? '' : `, ${rule.rename[0]} under the name ${rule.rename[1]}`;
  const line = rule.ending === undefined ? '' : ' ‖ "\\n"';
  const canonical =
    rule.onlyAs !== undefined
      ? record
      : `canonical(${record}${rule.leaveOut.map((name) => ` − ${name}`).join('')})${line}`;
  const text =
    rule.form === 'line'
      ? `line${line}`
      : rule.digested === undefined
        ? canonical
        : `${chainAlgorithms[rule.digested]}(${canonical})`;
  const between = separatorWords[rule.separator] ?? ` ${JSON.stringify(rule.separator)} ‖`;
  const { wrap } = rule;
  const whole =
    wrap !== undefined
      ? `{ ${wrap.previous}: previous, ${wrap.record}: ${text} }`
      : {
          record: text,
          'previous+record': `previous ‖${between} ${text}`,
          'record+previous': `${text} ‖${between} previous`,
          members: rule.members.join(` ‖${between} `),
          list: `[${rule.members.join(', ')}]`,
        }[rule.preimage];
  const isCut = rule.digits < chainDigest(rule.algorithm, '').length;
  const cut = isCut ? `, first ${rule.digits} hexadecimal digits` : '';
  const link =
    rule.previousField === null ? '' : `; ${rule.previousField} is the ${rule.hashField} of the record before`;
  const inner = rule.inner
    .map(
      ({ hashField, member, leaveOut, algorithm }) =>
        `; ${hashField} is the ${chainAlgorithms[algorithm]} of ${member ?? `the record without ${leaveOut.join(' and ')}`}`,
    )
    .join('');
  const signed = rule.signatureField === null ? '' : ` Each record holds a signature in ${rule.signatureField}.`;
  if (rule.family === 'keyed')
    return {
      ...rule,
      words: `Each record names the one before in ${rule.previousField}; ${rule.hashField} is made with a secret key, so nobody without the key can recompute it.`,
      formula: `${rule.hashField} = HMAC(key, …)`,
    };
  if (rule.family === 'unexplained')
    return {
      ...rule,
      words: `Each record names the one before in ${rule.previousField} by its ${rule.hashField}; how that is made from a record is not known here.`,
      formula: `${rule.hashField} = ?`,
    };
  if (rule.hashField === null)
    return {
      ...rule,
      words: `${rule.previousField} is the ${digest} of ${spelled}${out} before${cut}. The last record is covered by nothing.${signed}`,
      formula: `${rule.previousField}[n] = ${digest}(${text}[n − 1])${cut}`,
    };
  const bytes = rule.previousAs === 'bytes' ? ' as bytes' : '';
  const of =
    rule.preimage === 'members'
      ? `${rule.members.join(', ')}, joined${bytes === '' ? '' : ', hashes as bytes'}; other members are not covered`
      : rule.preimage === 'list'
        ? `a JSON array of ${rule.members.join(', ')}; other members are not covered`
        : `${spelled}${out}${sparse}${renamed}${rule.preimage === 'record' ? '' : `, with the previous hash${bytes}`}`;
  return {
    ...rule,
    words: `${rule.hashField} is the ${digest} of ${of}${cut}${link}${inner}.${signed}`,
    formula: `${rule.hashField} = ${digest}(${whole})${cut}`,
  };
}
