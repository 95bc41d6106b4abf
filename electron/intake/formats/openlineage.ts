import type { ListingItem } from '../../../shared/fact.ts';
import { limits } from '../../../shared/limits.ts';
import { JsonError, parseJson } from '../../integrity/json.ts';
import { asList, asObject, asText, digestOfText, findBase, resolveName, type Shape } from '../shape.ts';
import { typeOf } from './dvc.ts';
import { type Format, Unreadable } from './format.ts';

/** OpenLineage run events, one JSON object a line or a single one (openlineage.io, spec 2-0-2). */
export const openlineage: Format = {
  id: 'openlineage',
  title: 'Lineage events (OpenLineage)',
  sieve: { endings: ['jsonl', 'ndjson', 'json'] },
  recognise: (candidate) => {
    if (!/\.(jsonl|ndjson|json)$/i.test(candidate.name) || !candidate.holds('"eventType"')) return false;
    const text = candidate.latin1;
    return (
      text.trimStart().startsWith('{') &&
      /"eventType"\s*:/.test(text) &&
      (/"eventTime"\s*:/.test(text) || /openlineage/i.test(text))
    );
  },
  read(file, facts) {
    const events: { event: { [name: string]: Shape }; line: number }[] = [];
    const text = file.text(4 * limits.jsonBytes);
    const isLines = !/\.json$/i.test(file.name);
    (isLines ? text.split('\n') : [text]).forEach((row, index) => {
      if (row.trim() === '') return;
      try {
        events.push({ event: asObject(parseJson(row)), line: index + 1 });
      } catch (error) {
        if (error instanceof JsonError) throw new Unreadable(`Line ${index + 1} is not strict JSON: ${error.message}`);
        throw error;
      }
      if (index % 1_000 === 0) facts.checkpoint();
    });
    const known = new Set<string>();
    const runs = new Set<string>();
    const items = new Map<string, ListingItem>();
    const names: string[] = [];
    const edges = new Set<string>();
    for (const { event, line } of events) {
      const job = asObject(event['job']);
      const runId = asText(asObject(event['run'])['runId']);
      if (runId === null) continue;
      const run = `${file.path}#run:${runId}`;
      const place = { path: file.path, line };
      runs.add(runId);
      if (!known.has(run)) {
        known.add(run);
        facts.add({
          kind: 'thing',
          key: run,
          type: 'run',
          name: asText(job['name']) ?? runId,
          digests: [],
          path: null,
          place,
          at: asText(event['eventTime']),
          properties: [
            { name: 'Run', value: runId },
            { name: 'Namespace', value: asText(job['namespace']) ?? '' },
          ],
          signature: null,
        });
      }
      for (const [side, list] of [
        ['inputs', asList(event['inputs'])],
        ['outputs', asList(event['outputs'])],
      ] as const) {
        list.forEach((raw, index) => {
          const data = asObject(raw);
          const name = asText(data['name']);
          if (name === null) return;
          const version = asText(asObject(asObject(data['facets'])['version'])['datasetVersion']);
          const digest = digestOfText(version);
          const pointer = `/${side}/${index}`;
          const key = `${file.path}#${asText(data['namespace']) ?? ''} ${name}${digest === null ? '' : ` ${digest}`}`;
          if (!known.has(key)) {
            known.add(key);
            names.push(name);
            facts.add({
              kind: 'thing',
              key,
              type: typeOf(name),
              name,
              digests: digest === null ? [] : [digest],
              path: null,
              place: { ...place, pointer },
              at: null,
              properties: [{ name: 'Namespace', value: asText(data['namespace']) ?? '' }],
              signature: null,
            });
          }
          if (digest !== null && !items.has(key))
            items.set(key, { name, path: null, digests: [digest], place: { ...place, pointer }, optional: true });
          const edge = `${run} ${key} ${side}`;
          if (edges.has(edge)) return;
          edges.add(edge);
          facts.add(
            side === 'inputs'
              ? {
                  kind: 'relation',
                  relation: 'used',
                  from: key,
                  to: run,
                  place: { ...place, pointer },
                  signature: null,
                }
              : {
                  kind: 'relation',
                  relation: 'generated',
                  from: run,
                  to: key,
                  place: { ...place, pointer },
                  signature: null,
                },
          );
        });
      }
    }
    const base = findBase(file, names);
    const here = [...items.values()].flatMap((each) => {
      const path = resolveName(base, each.name);
      return path !== null && file.has(path) ? [{ ...each, path }] : [];
    });
    if (here.length > 0)
      facts.add({
        kind: 'listing',
        id: file.path,
        role: 'lineage',
        title: 'Lineage events',
        place: { path: file.path },
        base,
        closed: false,
        ignored: [],
        items: here,
        signature: null,
        root: null,
      });
    facts.add({
      kind: 'document',
      format: 'openlineage',
      title: 'Lineage events (OpenLineage)',
      place: { path: file.path },
      properties: [
        { name: 'Events', value: String(events.length) },
        { name: 'Runs', value: String(runs.size) },
        { name: 'Datasets', value: String(names.length) },
      ],
      defects: [],
    });
  },
};
