import { join } from 'node:path';
import type { Report } from '../../shared/report.ts';
import { modelPicture } from '../lineage/model-picture.ts';
import type { Context } from './context.ts';

const thingsAtMost = 24;

/** The unsigned pages of a report, from nothing but it. @param json the very bytes of report.json */
export async function reportPages({ resources }: Context, report: Report, json: Uint8Array): Promise<Buffer> {
  // Drawing needs a large library that nothing else does: loaded when it is first needed.
  const { renderReport } = await import('../reporting/report-pdf.ts');
  const picture = modelPicture(report.lineage.nodes, report.lineage.edges, thingsAtMost);
  return renderReport(report, json, join(resources, 'fonts'), picture);
}
