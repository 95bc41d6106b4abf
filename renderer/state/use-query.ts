import { useEffect, useState } from 'react';
import type { FailureParts } from '../../shared/failure.ts';
import { partsOf } from '../backend.ts';
import { useSession } from './session.ts';

export interface Answer<T> {
  data: T | null;
  /** True while the answer that is shown is to an earlier question. */
  isOld: boolean;
  refused: FailureParts | null;
}

/** Asks the backend when what it depends on changes, and again after every change. What was there stays until the answer is. */
export function useQuery<T>(ask: () => Promise<T> | null, dependencies: readonly unknown[]): Answer<T> {
  const changes = useSession((state) => state.changes);
  const [answer, setAnswer] = useState<Answer<T>>({ data: null, isOld: true, refused: null });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the caller names what its question depends on
  useEffect(() => {
    let isCurrent = true;
    setAnswer((before) => ({ ...before, isOld: true }));
    const asked = ask();
    if (asked === null) setAnswer({ data: null, isOld: false, refused: null });
    else
      asked.then(
        (data) => isCurrent && setAnswer({ data, isOld: false, refused: null }),
        (error: unknown) => isCurrent && setAnswer({ data: null, isOld: false, refused: partsOf(error) }),
      );
    return () => {
      isCurrent = false;
    };
  }, [changes, ...dependencies]);
  return answer;
}

/** Runs a request on demand and keeps what refused it, to be shown beside the control. */
export function useAct(): {
  refused: FailureParts | null;
  busy: boolean;
  act(request: () => Promise<unknown>): Promise<boolean>;
  clear(): void;
} {
  const [refused, setRefused] = useState<FailureParts | null>(null);
  const [busy, setBusy] = useState(false);
  return {
    refused,
    busy,
    clear: () => setRefused(null),
    async act(request) {
      setBusy(true);
      setRefused(null);
      try {
        await request();
        return true;
      } catch (error) {
        setRefused(partsOf(error));
        return false;
      } finally {
        setBusy(false);
      }
    },
  };
}
