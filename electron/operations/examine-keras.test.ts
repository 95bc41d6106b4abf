import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { zip } from '../../e2e/testkit/make-archive.ts';
import { sayVerdict } from '../../e2e/testkit/say-verdict.ts';

const scratch = mkdtempSync(join(tmpdir(), 'assay-keras-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Verdict, and the codes of what does not pass. */
const said = sayVerdict(scratch);
const nothingWrong = ['undecided', 'nothing-checked'];
const layers = (...inner: object[]) => ({ module: 'keras', class_name: 'Sequential', config: { layers: inner } });
const dense = { module: 'keras.layers', class_name: 'Dense', config: { units: 1 } };
const lambda = { module: 'keras.layers', class_name: 'Lambda', config: { function: 'x' } };

describe('a model of Keras in a zip', () => {
  const model = (config: object | string) => ({
    'm.keras': zip([
      { name: 'metadata.json', body: '{}' },
      { name: 'config.json', body: typeof config === 'string' ? config : JSON.stringify(config) },
    ]),
  });
  it('names what it would import, and the code that it holds', async () => {
    expect(await said(model(layers(dense)))).toEqual(nothingWrong);
    for (const layer of [
      lambda,
      { module: 'subprocess', class_name: 'function', config: 'Popen', registered_name: 'function' },
      { module: 'acme.layers', class_name: 'Mine', config: {}, registered_name: 'acme>Mine' },
      { module: 'keras.config', class_name: 'function', config: 'enable_unsafe_deserialization' },
    ])
      expect(await said(model(layers(dense, layer)))).toContain('text-active');
  });
  it('fails without a configuration that is JSON', async () => {
    expect(await said(model('{"a":1,"a":2}'))).toContain('document-invalid');
    expect(await said({ 'm.keras': zip([{ name: 'x', body: 'x' }]) })).toContain('document-invalid');
  });
});

describe('a file of HDF5', () => {
  const file = (attribute: string, more = 0) => {
    const head = Buffer.alloc(96);
    head.write('\x89HDF\r\n\x1a\n', 'latin1');
    head[13] = 8;
    const whole = Buffer.concat([head, Buffer.from(attribute)]);
    whole.writeBigUInt64LE(BigInt(whole.length + more), 40);
    return whole;
  };
  it('names layers that hold code, and is whole', async () => {
    expect(await said({ 'm.h5': file(JSON.stringify(layers(dense))) })).toEqual(nothingWrong);
    for (const name of ['"Lambda"', '"\\u004cambda"', ' "Lambda"'])
      expect(await said({ m: file(`{"class_name":${name}}`) }), name).toContain('text-active');
    expect(await said({ 'm.h5': file('', 7) })).toContain('document-cut');
    expect(await said({ 'm.h5': Buffer.from('\x89HDF\r\n\x1a\n', 'latin1') })).toEqual(nothingWrong);
  });
});
