import type { Neighbourhood } from '../../../shared/lineage.ts';
import { backend } from '../../backend.ts';
import { ActionMenu } from '../../components/action-menu.tsx';
import { download, pngOf } from '../../components/file-out.ts';
import { useSession } from '../../state/session.ts';
import { useQuery } from '../../state/use-query.ts';

type Around = NonNullable<Parameters<typeof backend.lineage.export>[0]['around']>;
const types = { svg: 'image/svg+xml', png: 'image/png', 'prov-json': 'application/json' } as const;

const base64Of = (bytes: Uint8Array): string => {
  let text = '';
  for (let at = 0; at < bytes.length; at += 32_768) text += String.fromCharCode(...bytes.subarray(at, at + 32_768));
  return btoa(text);
};

/** What is shown as a picture or as PROV-JSON, and the whole graph as PROV-JSON. */
export function ExportMenu({
  importId,
  around,
  shown,
  run,
  isBusy,
}: {
  importId: number;
  around: Around;
  shown: Neighbourhood | null;
  run(request: () => Promise<unknown>): void;
  isBusy: boolean;
}) {
  const { say, changed } = useSession();
  const about = useQuery(() => backend.host.about(), []).data;
  const save = (format: keyof typeof types, part: Around | null) =>
    run(async () => {
      // Without native dialogs the browser keeps the file; with them the person says where.
      const chosen = about?.hasNativeDialogs === true ? await backend.host.choose({ what: 'save-folder' }) : null;
      if (about?.hasNativeDialogs === true && chosen === null) return;
      let png = new Uint8Array();
      if (format === 'png') {
        const picture = await backend.lineage.picture({ importId, ...around });
        png = new Uint8Array(await (await pngOf(picture.svg, picture)).arrayBuffer());
      }
      const made = await backend.lineage.export({
        importId,
        around: part,
        format,
        png: base64Of(png),
        into: chosen?.token ?? null,
      });
      if (made.path === null) download(made.name, types[format], format === 'png' ? png : made.text);
      changed();
      say(
        `${made.path ?? made.name}: ${made.nodes.toLocaleString('en')} things, ${made.edges.toLocaleString('en')} links`,
      );
    });
  return (
    <ActionMenu
      label="Export"
      isDisabled={isBusy || shown === null || about === null}
      actions={[
        { text: 'What is shown, as SVG', act: () => save('svg', around) },
        { text: 'What is shown, as PNG', act: () => save('png', around) },
        { text: 'What is shown, as PROV-JSON', act: () => save('prov-json', around) },
        { text: 'The whole graph, as PROV-JSON', act: () => save('prov-json', null) },
      ]}
    />
  );
}
