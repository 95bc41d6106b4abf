import { useEffect, useState } from 'react';
import { distinctNames } from '../../../shared/distinct-names.ts';
import { certainties, type GraphNode } from '../../../shared/lineage.ts';
import { visibleName, visibleText } from '../../../shared/visible-text.ts';
import { backend } from '../../backend.ts';
import { ChoiceMenu } from '../../components/choice-menu.tsx';
import { Graph } from '../../components/graph.tsx';
import { Empty, FailureNote } from '../../components/note.tsx';
import { SidePane } from '../../components/side-pane.tsx';
import { SizedPane } from '../../components/sized-pane.tsx';
import { Digest, PathText } from '../../components/values.tsx';
import { VerdictMark } from '../../components/verdict.tsx';
import { usePane } from '../../state/layout.ts';
import { currentImport, useSession } from '../../state/session.ts';
import { useAct, useQuery } from '../../state/use-query.ts';
import { ExportMenu } from './export-menu.tsx';

type Question = 'upstream' | 'downstream' | 'unverified' | 'paths' | null;
/** Beside each other things of one name are told apart by the folders they are in. */
const namesOf = (nodes: readonly GraphNode[]) => distinctNames(nodes.map(({ name }) => name)).map(visibleName);
const nameOf = ({ name }: GraphNode) => visibleName(name.slice(name.lastIndexOf('/') + 1));

/** Several facts say the same of a thing: it is shown once. */
const once = <T extends { name: string; value: string }>(properties: readonly T[]): T[] => [
  ...new Map(properties.map((each) => [`${each.name}\0${each.value}`, each])).values(),
];

/** From one thing outwards: the graph, the same as a table, and the questions a reviewer asks of it. */
export function LineageScreen() {
  const { open, place, select, theme } = useSession();
  const shown = currentImport(open);
  const importId = shown?.id ?? 0;
  const [text, setText] = useState('');
  const [depth, setDepth] = useState(2);
  const [question, setQuestion] = useState<Question>(null);
  const [expand, setExpand] = useState<number[]>([]);
  const [goal, setGoal] = useState<number | null>(null);
  const exporting = useAct();
  const starting = usePane('lineage.starts');
  const about = usePane('lineage.about');
  const starts =
    useQuery(() => (shown === null ? null : backend.lineage.starts({ importId, text })), [importId, text]).data ?? [];
  const startNames = namesOf(starts);
  const focus = place.item ?? starts[0]?.id ?? null;
  const summary = useQuery(() => (shown === null ? null : backend.lineage.summary({ importId })), [importId]).data;
  const around = useQuery(
    () =>
      shown === null || focus === null
        ? null
        : backend.lineage.neighbourhood({ importId, focus, up: depth, down: depth, expand }),
    [importId, focus, depth, expand],
  );
  const node = useQuery(
    () => (shown === null || focus === null ? null : backend.lineage.node({ importId, node: focus })),
    [importId, focus],
  ).data;
  const reached = useQuery(
    () =>
      shown === null || focus === null || (question !== 'upstream' && question !== 'downstream')
        ? null
        : backend.lineage.reach({ importId, node: focus, direction: question }),
    [importId, focus, question],
  ).data;
  const hop = useQuery(
    () =>
      shown === null || focus === null || question !== 'unverified'
        ? null
        : backend.lineage.firstUnverified({ importId, node: focus }),
    [importId, focus, question],
  ).data;
  const ways = useQuery(
    () =>
      shown === null || focus === null || goal === null || question !== 'paths'
        ? null
        : backend.lineage.paths({ importId, from: goal, to: focus }),
    [importId, focus, goal, question],
  ).data;
  // biome-ignore lint/correctness/useExhaustiveDependencies: another focus closes what was opened around the last
  useEffect(() => setExpand([]), [focus]);
  if (shown === null) return <Empty>Nothing is imported into this case yet. Import evidence first.</Empty>;
  if (summary !== null && summary.nodes === 0)
    return (
      <Empty>
        Nothing in this evidence says where anything came from: no pipeline record, provenance, card or run was found.
      </Empty>
    );
  return (
    <>
      <SidePane name="Things to start from" size={starting} usual={236} early>
        <div className="tb">
          <label className="in grow" style={{ height: 26 }}>
            <span className="sr">Find a thing</span>
            <input placeholder="Find a thing" value={text} onChange={(event) => setText(event.target.value)} />
          </label>
        </div>
        <div className="scroll grow">
          {starts.map((each, index) => (
            <button
              type="button"
              key={each.id}
              className={`tr${each.id === focus ? ' sel' : ''}`}
              style={{ width: '100%', paddingLeft: 10 }}
              aria-current={each.id === focus || undefined}
              onClick={() => select(each.id)}
            >
              <VerdictMark verdict={each.verdict} />
              <span className="el" title={visibleName(each.name)}>
                {startNames[index]}
              </span>
              <span className="n">{each.kind}</span>
            </button>
          ))}
        </div>
      </SidePane>
      <section className="pane grow">
        <div className="tb wraps">
          <h1>Lineage</h1>
          <span className="dd">
            {summary?.nodes.toLocaleString('en')} things, {summary?.edges.toLocaleString('en')} links
          </span>
          <span className="gap" />
          <ChoiceMenu
            label="Depth"
            value={String(depth)}
            choices={['1', '2', '3', '4', '6'].map((value) => ({ value, text: `${value} hops` }))}
            onChoose={(value) => setDepth(Number(value ?? 2))}
          />
          {around.data?.truncated === true && focus !== null && (
            <button type="button" className="bt s" onClick={() => setExpand([...expand, focus])}>
              Show all neighbours
            </button>
          )}
          {focus !== null && (
            <ExportMenu
              importId={importId}
              around={{ focus, up: depth, down: depth, expand }}
              shown={around.data}
              run={(request) => void exporting.act(request)}
              isBusy={exporting.busy}
            />
          )}
        </div>
        <FailureNote parts={exporting.refused ?? around.refused} />
        {summary?.edges === 0 && (
          <div className="sec d">Nothing in this evidence says how one of these came from another.</div>
        )}
        {around.data !== null && <Graph data={around.data} onFocus={select} theme={theme} />}
        <div className="foot">
          {summary !== null &&
            certainties.map((certainty) => (
              <span key={certainty} className="row d" style={{ gap: 6, whiteSpace: 'nowrap' }}>
                <svg width="26" height="10" viewBox="0 0 26 10" aria-hidden="true">
                  <path
                    d="M1 5h24"
                    stroke={`var(--edge-${certainty})`}
                    strokeWidth="1.5"
                    strokeDasharray={{ signed: '', asserted: '5 3', inferred: '1.5 2.5', contradicted: '' }[certainty]}
                  />
                  {certainty === 'contradicted' && (
                    <path d="M10 1l6 8m0-8l-6 8" stroke="var(--edge-contradicted)" strokeWidth="1.5" />
                  )}
                </svg>
                {certainty}{' '}
                {(summary.certainties.find((each) => each.certainty === certainty)?.count ?? 0).toLocaleString('en')}
              </span>
            ))}
        </div>
      </section>
      <SizedPane name="Neighbourhood as a table" size={about} usual={null} edge="left" className="about" isRegion>
        <div className="tb">
          <b className="el" title={visibleName(node?.node.name ?? '')}>
            {node === null ? '' : nameOf(node.node)}
          </b>
          <span className="dd">{node?.node.kind}</span>
        </div>
        <section className="scroll grow" tabIndex={0} aria-label="About the thing">
          {node !== null && (
            <div className="facts">
              <span>Digest</span>
              <span>
                <Digest digest={node.node.digest} />
              </span>
              {node.node.path !== null && [
                <span key="p">Path</span>,
                <span key="pv">{visibleName(node.node.path)}</span>,
              ]}
              {node.node.joinedByName && [
                <span key="j">Joined</span>,
                <span key="jv">by name alone, for want of a digest</span>,
              ]}
              <span>Said in</span>
              <span>
                {[...new Set(node.node.places.map(({ path }) => path))].map((path) => (
                  <PathText key={path} path={path} />
                ))}
              </span>
              {once(node.properties).map(({ name, value }, index) => [
                <span key={`${name}${index}`}>{visibleName(name)}</span>,
                <span key={`${name}${index}v`} className="m">
                  {visibleText(value)}
                </span>,
              ])}
            </div>
          )}
          <div className="sec row" style={{ flexWrap: 'wrap' }}>
            {(
              [
                ['upstream', 'What went into this'],
                ['downstream', 'What came out of it'],
                ['unverified', 'First unverified hop'],
                ['paths', 'How did … get into this'],
              ] as const
            ).map(([id, title]) => (
              <button
                type="button"
                key={id}
                className={`chip${question === id ? ' on' : ''}`}
                aria-pressed={question === id}
                onClick={() => setQuestion(question === id ? null : id)}
              >
                {title}
              </button>
            ))}
          </div>
          {question === 'paths' && (
            <div className="sec">
              <label className="f">
                From
                <select
                  value={goal ?? ''}
                  onChange={(event) => setGoal(event.target.value === '' ? null : Number(event.target.value))}
                >
                  <option value="">choose a thing</option>
                  {starts.map((each, index) => (
                    <option key={each.id} value={each.id}>
                      {startNames[index]} ({each.kind})
                    </option>
                  ))}
                </select>
              </label>
              {ways !== null &&
                (ways.length === 0 ? (
                  <p className="d">No path leads from there to here.</p>
                ) : (
                  ways.map((way, index) => (
                    <p key={`${index}-${way.nodes.length}`} className="d" style={{ marginTop: 6 }}>
                      {namesOf(way.nodes).join(' → ')}
                    </p>
                  ))
                ))}
            </div>
          )}
          {hop !== null && (
            <div className="sec d">
              {hop.edge === null
                ? 'Every hop upstream is signed by somebody you named.'
                : `${hop.path.map(nameOf).join(' ← ')}: the last link is ${hop.edge.certainty}, by ${visibleName(hop.edge.places[0]?.path ?? '')}.`}
            </div>
          )}
          {reached !== null && (
            <NodeTable
              title={question === 'upstream' ? 'All that went into it' : 'All that came out of it'}
              rows={reached.nodes.map((each) => ({
                node: each,
                detail: `${each.distance} hop${each.distance === 1 ? '' : 's'}`,
              }))}
              onChoose={select}
            />
          )}
          {node !== null && reached === null && (
            <>
              <NodeTable
                title="Before"
                rows={node.up.map(({ node: each, edge }) => ({
                  node: each,
                  detail: `${edge.relation}, ${edge.certainty}`,
                }))}
                onChoose={select}
              />
              <NodeTable
                title="After"
                rows={node.down.map(({ node: each, edge }) => ({
                  node: each,
                  detail: `${edge.relation}, ${edge.certainty}`,
                }))}
                onChoose={select}
              />
            </>
          )}
        </section>
      </SizedPane>
    </>
  );
}

function NodeTable({
  title,
  rows,
  onChoose,
}: {
  title: string;
  rows: { node: GraphNode; detail: string }[];
  onChoose(id: number): void;
}) {
  return (
    <div>
      <div className="gr grp" style={{ gridTemplateColumns: 'minmax(0,1fr) auto' }}>
        <span>{title}</span>
        <span>{rows.length}</span>
      </div>
      {rows.map(({ node, detail }, index) => (
        <button
          type="button"
          key={`${node.id}-${index}`}
          className="gr"
          style={{ gridTemplateColumns: '16px minmax(0,1fr) auto', width: '100%' }}
          onClick={() => onChoose(node.id)}
        >
          <VerdictMark verdict={node.verdict} />
          <span title={visibleName(node.name)}>
            {nameOf(node)} <span className="dd">{node.kind}</span>
          </span>
          <span className={detail.includes('contradicted') ? 'v fail' : 'dd'}>{detail}</span>
        </button>
      ))}
    </div>
  );
}
