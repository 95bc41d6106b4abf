import { answerCase } from './answer-case.ts';
import type { Question } from './ask-cases.ts';

/** One process that answers cases one after another. */
process.on('message', (question: Question) => {
  answerCase(question).then(
    (given) => process.send?.({ answer: given }),
    (error: unknown) =>
      process.send?.({ bug: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
