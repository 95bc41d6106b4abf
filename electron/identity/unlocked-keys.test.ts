import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { whySamePerson } from './people.ts';
import { UnlockedKeys } from './unlocked-keys.ts';

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });

describe('unlocked keys', () => {
  it('lock when nothing was done for a while; use puts it off', () => {
    let now = Date.parse('2026-11-21T10:00:00Z');
    const locked: number[] = [];
    const keys = new UnlockedKeys(
      () => new Date(now),
      15,
      (id) => locked.push(id),
    );
    keys.unlock(1, privateKey);
    expect(keys.locksAt(1)).toBe('2026-11-21T10:15:00.000Z');
    now += 14 * 60_000;
    expect(keys.use(1)).toBe(privateKey);
    now += 14 * 60_000;
    expect(keys.locksAt(1)).toBe('2026-11-21T10:29:00.000Z');
    now += 2 * 60_000;
    expect(keys.locksAt(1)).toBeNull();
    expect(keys.use(1)).toBeUndefined();
    expect(locked).toEqual([1]);
  });

  it('lock at once when asked, once', () => {
    const locked: number[] = [];
    const keys = new UnlockedKeys(
      () => new Date(),
      15,
      (id) => locked.push(id),
    );
    keys.unlock(1, privateKey);
    keys.unlock(2, privateKey);
    keys.lock(1);
    keys.lock(1);
    expect(locked).toEqual([1]);
    keys.lockAll();
    expect([keys.use(1), keys.use(2)]).toEqual([undefined, undefined]);
  });
});

describe('a second signature', () => {
  const ada = { name: 'Ada Müller', fingerprint: 'sha256:aa' };
  it.each([
    [{ name: 'Somebody Else', fingerprint: 'sha256:aa' }, 'This key signed already'],
    [{ name: 'ada  müller', fingerprint: 'sha256:bb' }, 'Ada Müller signed already'],
    [{ name: 'ADA MU\u0308LLER', fingerprint: 'sha256:bb' }, 'Ada Müller signed already'],
    [{ name: 'Ada\u200b Müller.', fingerprint: 'sha256:bb' }, 'Ada Müller signed already'],
  ])('by %j is refused', (second, why) => {
    expect(whySamePerson(ada, second)).toContain(why);
  });
  it('by another person with another key counts', () => {
    expect(whySamePerson(ada, { name: 'Grace Hopper', fingerprint: 'sha256:bb' })).toBeNull();
  });
  it('by a name without letters is nobody’s twin', () => {
    expect(
      whySamePerson({ name: '名前', fingerprint: 'sha256:aa' }, { name: '別人', fingerprint: 'sha256:bb' }),
    ).toBeNull();
  });
});
