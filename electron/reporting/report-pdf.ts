import type { LineagePicture } from '../../shared/lineage.ts';
import type { Report } from '../../shared/report.ts';
import { sha256Hex } from '../integrity/digest.ts';
import { faces, ink, margin, PageLayout } from './page-layout.ts';
import { writeBody } from './report-body.ts';
import { writeCover } from './report-cover.ts';
import { signatureFields } from './signature-fields.ts';

/** XML of the metadata that makes the file PDF/UA-1 beside PDF/A-3a: the identifier, and the schema that declares it. */
const uaIdentifier =
  '<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"><pdfuaid:part>1</pdfuaid:part></rdf:Description>';
const uaSchema =
  '<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#"><pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource"><pdfaSchema:schema>PDF/UA Universal Accessibility Schema</pdfaSchema:schema><pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI><pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource"><pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType><pdfaProperty:category>internal</pdfaProperty:category><pdfaProperty:description>Indicates, which part of ISO 14289 standard is followed</pdfaProperty:description></rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>';

const escapeXml = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** pdfkit puts the document's own texts into the metadata unescaped: it is shown an escaped copy while it does so. */
function escapeInfo(doc: PageLayout['doc']): void {
  const add = doc._addInfo?.bind(doc);
  if (add === undefined) return;
  const holder = doc as unknown as { info: Record<string, unknown>; _addInfo(): void };
  holder._addInfo = () => {
    const raw = holder.info;
    holder.info = Object.fromEntries(
      Object.entries(raw).map(([name, value]) => [name, typeof value === 'string' ? escapeXml(value) : value]),
    );
    add();
    holder.info = raw;
  };
}

/** Empty, invisible signature fields on page 1, one a role: a signature then only fills a field (signing.md 8.5). */
function layFields(doc: PageLayout['doc']): void {
  doc.initForm();
  const form = doc._root.data.AcroForm.data;
  delete form['NeedAppearances'];
  form['SigFlags'] = 3;
  const page = doc.page as unknown as { dictionary: unknown; annotations: unknown[] };
  for (const name of signatureFields) {
    const field = doc.ref({
      Type: 'Annot',
      Subtype: 'Widget',
      FT: 'Sig',
      T: new String(name),
      TU: new String(`Signature of the ${name}`),
      F: 132,
      P: page.dictionary,
      Rect: [0, 0, 0, 0],
    });
    field.end();
    page.annotations.push(field);
    form.Fields.push(field);
  }
}

/**
 * The unsigned PDF of a report: PDF/A-3a and PDF/UA-1 in one file, report.json inside, the same bytes for the same
 * report. @param json the very bytes of report.json @param fonts folder of the TrueType fonts
 * @param picture of the lineage in the report, laid out
 */
export async function renderReport(
  report: Report,
  json: Uint8Array,
  fonts: string,
  picture: LineagePicture,
): Promise<Buffer> {
  const at = new Date(report.frozenAt);
  const title = `Review of ${report.case.model === '' ? report.case.name : report.case.model}`;
  const layout = new PageLayout(fonts, { title, at, subject: report.case.name });
  const { doc } = layout;
  const chunks: Buffer[] = [];
  doc.on('data', (chunk: Buffer) => chunks.push(chunk));
  const ended = new Promise<void>((resolve, reject) => {
    doc.on('end', () => resolve());
    doc.on('error', reject);
  });
  escapeInfo(doc);
  layFields(doc);
  const digest = sha256Hex(json);
  writeCover(layout, report, title);
  writeBody(layout, report, picture);
  layout.root.end();
  doc.file(Buffer.from(json), {
    name: 'report.json',
    type: 'application/json',
    relationship: 'Data',
    description: 'The report as data, RFC 8785',
    creationDate: at,
    modifiedDate: at,
  });
  const { count } = doc.bufferedPageRange();
  for (let page = 0; page < count; page++) {
    doc.switchToPage(page);
    doc.page.margins.bottom = 0;
    doc.markContent('Artifact', { type: 'Pagination' });
    doc
      .font(faces.bytes)
      .fontSize(6.5)
      .fillColor(ink.third)
      .text(`report.json sha256 ${digest}`, margin, doc.page.height - 38, { width: layout.width, lineBreak: false });
    doc
      .font(faces.ui)
      .fontSize(7.5)
      .text(
        `${report.isDraft ? 'Draft, not signed   ' : ''}page ${page + 1} of ${count}`,
        margin,
        doc.page.height - 39,
        { width: layout.width, align: 'right', lineBreak: false },
      );
    doc.endMarkedContent();
  }
  doc.appendXML(uaIdentifier);
  doc.appendXML(uaSchema);
  doc.end();
  await ended;
  return Buffer.concat(chunks);
}
