import { describe, expect, it } from 'vitest';
import { Failure } from '../../shared/failure.ts';
import { defaultPolicy, defaultPolicyText } from '../../shared/policy.ts';
import { readPolicy, shippedPolicy } from './policy-file.ts';

const refusal = (text: string): string => {
  try {
    readPolicy(text, 'policy.yaml');
    return '';
  } catch (error) {
    if (error instanceof Failure) return error.parts.why;
    throw error;
  }
};

describe('a policy', () => {
  it('ships as text that says what holds without one', () => {
    expect(readPolicy(defaultPolicyText, 'policy.yaml')).toEqual(shippedPolicy());
    expect(readPolicy('version: 1\nname: Assay default\n', 'policy.yaml').policy).toEqual(defaultPolicy);
  });
  it('is refused in words where it is none, and nothing in it is passed over', () => {
    expect(refusal('')).toContain('empty');
    expect(refusal('name: x')).toContain('version is missing');
    expect(refusal('- x')).toContain('holds no settings');
    expect(refusal('version: 1\nname: x\nunsigned: { manifest: maybe }')).toMatch(/^unsigned\.manifest.*"maybe"\.$/);
    expect(refusal('version: 2\nname: x')).toContain('version');
    expect(refusal('version: 1\nname: x\nsignature: {}')).toContain('signature');
    expect(refusal('version: 1\nname: x\nsignatures: { rsaBits: many }')).toContain('signatures.rsaBits');
    expect(refusal('version: 1\nname: x\npickles: { accepted: ["os.*; rm"] }')).toContain('module.name or module.*');
    expect(refusal('version: 1\nname: x\nlimits: { totalBytes: -1 }')).toContain('limits.totalBytes');
    expect(refusal('version: 1\nname: x\nlimits: { entries: .inf }')).toBe(
      'limits.entries: expected a finite number, and not Infinity.',
    );
    expect(refusal('version: 1\nname: [x')).toContain('YAML');
    expect(refusal(`version: 1\nname: ${'x'.repeat(2 ** 20)}`)).toContain('larger than');
  });
});
