import type { Defect } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import type { Format } from './format.ts';

const most = 20;
/** Time in milliseconds, value, step, and since MLflow 2.21 model and dataset (mlflow/store/tracking/file_store.py). */
const line = /^-?[0-9]+ (nan|[+-]?inf(inity)?|[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[+-]?[0-9]+)?) -?[0-9]+( \S+){0,2}$/i;

/** A metric of a run in a file store of MLflow: a line a value. Doubled, NaN and infinite values are legal. */
export const mlflowMetric: Format = {
  id: 'mlflow-metric',
  title: 'Metric (MLflow file store)',
  recognise: ({ path, bytes }) =>
    path.includes('mlruns/') && /(^|\/)mlruns\/[^/]+\/[0-9a-f]{32}\/metrics\/./.test(path) && bytes <= limits.keptBytes,
  read(file, facts) {
    const defects: Defect[] = [];
    file
      .text(limits.keptBytes)
      .split('\n')
      .forEach((row, index) => {
        if (row.trim() === '' || line.test(row.trim()) || defects.length >= most) return;
        const place = { path: file.path, line: index + 1 };
        const detail = `Line ${index + 1} is no value of a metric, which is a time, a number and a step.`;
        defects.push({ code: 'document-invalid', detail, place });
      });
    // A store holds thousands of these: where nothing is wrong there is nothing to keep.
    if (defects.length === 0) return;
    const { id: format, title } = mlflowMetric;
    facts.add({ kind: 'document', format, title, place: { path: file.path }, properties: [], defects });
  },
};
