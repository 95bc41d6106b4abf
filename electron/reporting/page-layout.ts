import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import PDFDocument from 'pdfkit';
import type { Verdict } from '../../shared/verdict.ts';
import { visibleName, visibleText } from '../../shared/visible-text.ts';
import { quickShaping, type ShapedFont } from './quick-shaping.ts';

/** What is used of a structure element of pdfkit (its tagged PDF). */
export interface Element {
  add(child: Element | (() => void)): Element;
  end(): void;
}
/** pdfkit's document, with the members that its type declarations leave out. */
export interface Doc
  extends Omit<
    PDFKit.PDFDocument,
    'ref' | 'markContent' | 'endMarkedContent' | 'struct' | 'addStructure' | 'file' | 'initForm'
  > {
  struct(
    type: string,
    options?: object | (() => void) | (() => void)[],
    children?: (() => void) | (() => void)[],
  ): Element;
  addStructure(element: Element): void;
  markContent(tag: string, options?: object): Doc;
  endMarkedContent(): Doc;
  file(source: Buffer, options: object): unknown;
  appendXML(xml: string): void;
  initForm(): void;
  ref(data: object): { end(): void };
  _root: { data: { AcroForm: { data: Record<string, unknown> & { Fields: unknown[] } } } };
  _addInfo?(): void;
  _font: ShapedFont & { font: { hasGlyphForCodePoint(codePoint: number): boolean } };
}

export const faces = {
  ui: 'inter-400',
  strong: 'inter-600',
  bytes: 'jetbrains-mono-400',
  signed: 'source-serif-4-400',
  title: 'source-serif-4-600',
} as const;
export type Face = keyof typeof faces;
export interface Cell {
  text: string;
  face?: Face;
  colour?: string;
  /** A text that a person wrote, of as many lines as she likes; else line feeds stand as escapes. */
  isText?: boolean;
}
/** Evidence is shown character by character: the coding ligatures of its face would hide what stands there. */
const plain = { features: { calt: false, liga: false } as unknown as PDFKit.Mixins.OpenTypeFeatures[] };
const featuresOf = (face: Face): { features?: PDFKit.Mixins.OpenTypeFeatures[] } => (face === 'bytes' ? plain : {});
/** Colours of the window's light theme: one look for a verdict everywhere. */
export const ink = { text: '#1e1e1a', second: '#50504a', third: '#686862', line: '#ccccc7', wash: '#eff0ed' } as const;
export const verdictInk: Record<Verdict, string> = {
  pass: '#046d52',
  warn: '#935f01',
  fail: '#9d1111',
  policy: '#7b2e90',
  undecided: '#454b52',
};
export const margin = 51; // 18 mm
export const bottomMargin = 60;

/**
 * A tagged page layout over pdfkit: headings, paragraphs, tables with repeated heads, figures. Everything drawn is
 * inside a structure element or an artifact (ISO 14289-1, 7.1), and every character has a glyph or stands as an escape.
 */
export class PageLayout {
  readonly doc: Doc;
  readonly root: Element;
  readonly width: number;

  constructor(fonts: string, info: { title: string; at: Date; subject: string }) {
    const options = {
      size: 'A4',
      margins: { top: margin, left: margin, right: margin, bottom: bottomMargin },
      pdfVersion: '1.7',
      subset: 'PDF/A-3a',
      tagged: true,
      lang: 'en',
      displayTitle: true,
      bufferPages: true,
      font: null,
      info: {
        Title: visibleName(info.title),
        Subject: visibleName(info.subject),
        Creator: 'Assay',
        Producer: 'Assay',
        CreationDate: info.at,
        ModDate: info.at,
      },
    };
    this.doc = new PDFDocument(options as unknown as PDFKit.PDFDocumentOptions) as unknown as Doc;
    for (const name of Object.values(faces)) {
      this.doc.registerFont(name, readFileSync(join(fonts, `${name}.ttf`)));
      this.doc.font(name);
      quickShaping(this.doc._font, name === faces.bytes);
    }
    this.doc.font(faces.ui);
    this.width = this.doc.page.width - 2 * margin;
    this.root = this.doc.struct('Document');
    this.doc.addStructure(this.root);
  }

  /**
   * Text as the face can draw it: deceiving and missing characters become escapes (signing.md 8.4). It is one line, as
   * a name is, unless it is a text that a person wrote. @param isText that its line feeds and tabs are meant
   */
  safe(text: string, face: Face, isText = false): string {
    this.doc.font(faces[face]);
    const { font } = this.doc._font;
    let out = '';
    const shown = isText ? visibleText(text.replace(/\r\n?/g, '\n').replaceAll('\t', '    ')) : visibleName(text);
    for (const char of shown) {
      const point = char.codePointAt(0) ?? 0;
      out += char === '\n' || font.hasGlyphForCodePoint(point) ? char : `\\u{${point.toString(16)}}`;
    }
    return out;
  }

  private room(height: number): void {
    if (this.doc.y + height > this.doc.page.height - bottomMargin) this.doc.addPage();
  }
  space(height: number): void {
    this.doc.y += height;
  }

  heading(level: 1 | 2 | 3, text: string): void {
    const size = { 1: 20, 2: 13, 3: 10.5 }[level];
    const face: Face = level === 1 ? 'title' : 'strong';
    this.room(size * 4);
    if (level > 1) this.space(level === 2 ? 14 : 8);
    this.root.add(
      this.doc.struct(
        `H${level}`,
        () =>
          void this.doc
            .font(faces[face])
            .fontSize(size)
            .fillColor(ink.text)
            .text(this.safe(text, face), margin, this.doc.y, { width: this.width }),
      ),
    );
    this.space(level === 1 ? 6 : 4);
  }

  paragraph(
    text: string,
    {
      face = 'signed',
      size = 10.5,
      colour = ink.text as string,
      indent = 0,
      isText = false,
    }: { face?: Face; size?: number; colour?: string; indent?: number; isText?: boolean } = {},
  ): void {
    this.room(size * 2);
    const safe = this.safe(text, face, isText);
    this.root.add(
      this.doc.struct(
        'P',
        () =>
          void this.doc
            .font(faces[face])
            .fontSize(size)
            .fillColor(colour)
            .text(safe, margin + indent, this.doc.y, { width: this.width - indent, lineGap: 2, ...featuresOf(face) }),
      ),
    );
    this.space(5);
  }

  /** A rule across the page: furniture, no content. */
  rule(): void {
    const { doc } = this;
    doc.markContent('Artifact', { type: 'Layout' });
    doc
      .moveTo(margin, doc.y)
      .lineTo(margin + this.width, doc.y)
      .lineWidth(0.5)
      .strokeColor(ink.line)
      .stroke();
    doc.endMarkedContent();
    this.space(5);
  }

  /**
   * A table whose head is repeated on every page, the first time as header cells, then as furniture.
   * @param widths shares of the width, one a column
   */
  table(head: string[], widths: number[], rows: Cell[][]): void {
    const { doc } = this;
    const total = widths.reduce((sum, width) => sum + width, 0);
    const spans = widths.map((width) => (width / total) * this.width);
    const starts = spans.map((_, i) => margin + spans.slice(0, i).reduce((sum, width) => sum + width, 0));
    const size = 8.5;
    const draw = (text: string, i: number, y: number, face: Face, colour: string) =>
      void doc
        .font(faces[face])
        .fontSize(face === 'bytes' ? 7.5 : size)
        .fillColor(colour)
        .text(text, starts[i], y, { width: (spans[i] ?? 0) - 6, lineGap: 1, ...featuresOf(face) });
    const line = (y: number, weight: number) => {
      doc.markContent('Artifact', { type: 'Layout' });
      doc
        .moveTo(margin, y)
        .lineTo(margin + this.width, y)
        .lineWidth(weight)
        .strokeColor(ink.line)
        .stroke();
      doc.endMarkedContent();
    };
    const table = doc.struct('Table');
    this.room(40);
    this.root.add(table);
    let y = doc.y;
    const headRow = doc.struct('TR');
    table.add(headRow);
    head.forEach((text, i) =>
      headRow.add(
        doc.struct('TH', { scope: 'Column' }, () => draw(this.safe(text, 'strong'), i, y, 'strong', ink.second)),
      ),
    );
    y += 13;
    line(y, 0.8);
    y += 3;
    for (const row of rows) {
      const cells = row.map(({ text, face = 'ui', colour = ink.text, isText = false }) => ({
        face,
        colour,
        text: this.safe(text, face, isText).slice(0, 4_000),
      }));
      const height = Math.max(
        ...cells.map(({ text, face }, i) =>
          doc
            .font(faces[face])
            .fontSize(face === 'bytes' ? 7.5 : size)
            .heightOfString(text === '' ? ' ' : text, { width: (spans[i] ?? 0) - 6, lineGap: 1, ...featuresOf(face) }),
        ),
      );
      if (y + Math.min(height, 500) > doc.page.height - bottomMargin) {
        doc.addPage();
        y = margin;
        doc.markContent('Artifact', { type: 'Pagination' });
        head.forEach((text, i) => draw(this.safe(text, 'strong'), i, y, 'strong', ink.second));
        doc.endMarkedContent();
        y += 13;
        line(y, 0.8);
        y += 3;
      }
      const tr = doc.struct('TR');
      table.add(tr);
      cells.forEach(({ text, face, colour }, i) => tr.add(doc.struct('TD', () => draw(text, i, y, face, colour))));
      y += height + 3;
      line(y, 0.4);
      y += 3;
    }
    doc.x = margin;
    doc.y = y + 4;
  }

  /** A drawing with words for who cannot see it. `height` is kept free for it. */
  figure(alt: string, height: number, draw: (top: number) => void): void {
    this.room(height);
    const top = this.doc.y;
    this.root.add(
      this.doc.struct(
        'Figure',
        { alt: this.safe(alt, 'ui'), bbox: [margin, top, margin + this.width, top + height] },
        () => draw(top),
      ),
    );
    this.doc.x = margin;
    this.doc.y = top + height + 6;
  }
}
