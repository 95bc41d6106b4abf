import { create } from 'zustand';

interface ReviewPart {
  part: 'findings' | 'sampling';
  /** The sampling plan that is looked at; null for the newest. */
  planId: number | null;
  show(part: ReviewPart['part']): void;
  choosePlan(planId: number | null): void;
}

/** Which part of Review is shown: kept while files are opened elsewhere, so that she comes back to her sample. */
export const useReviewPart = create<ReviewPart>((set) => ({
  part: 'findings',
  planId: null,
  show: (part) => set({ part }),
  choosePlan: (planId) => set({ planId }),
}));
