import { JsonError, parseJson } from '../integrity/json.ts';
import { asList, asObject, asText, type Shape } from './shape.ts';

const logsAtMost = 1_000;

/** One log as the log list v3 describes it: `description`, `log_id`, `key` as SubjectPublicKeyInfo. */
function logKey(described: Shape): { name: string; material: string } | null {
  const held = asObject(described);
  const name = asText(held['description']) ?? asText(held['origin']);
  const key = asText(held['key']);
  if (name === null || held['log_id'] === undefined || key === null || !/^[A-Za-z0-9+/]{40,4000}={0,2}$/.test(key))
    return null;
  const material = `-----BEGIN PUBLIC KEY-----\n${key.replace(/(.{64})(?=.)/g, '$1\n')}\n-----END PUBLIC KEY-----\n`;
  return { name, material };
}

/**
 * Keys that descriptions of logs state, PEM: of one log, or of all in a list (certificate transparency, log list v3). None
 * where the text is neither.
 */
export function logKeys(bytes: Uint8Array): { name: string; material: string }[] {
  if (!Buffer.from(bytes).includes('"log_id"')) return [];
  try {
    const document = parseJson(bytes);
    const listed = asList(asObject(document)['operators']).flatMap((each) => {
      const { logs, tiled_logs: tiled } = asObject(each);
      return [...asList(logs), ...asList(tiled)];
    });
    return [document, ...listed.slice(0, logsAtMost)].flatMap((each) => logKey(each) ?? []);
  } catch (error) {
    if (error instanceof JsonError) return [];
    throw error;
  }
}
