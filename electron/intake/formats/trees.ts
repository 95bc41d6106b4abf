import { dvcCache } from './dvc-cache.ts';
import { hubCache } from './hub-cache.ts';
import { hubDownload } from './hub-download.ts';
import { modelLinks } from './model-links.ts';
import type { TreeFormat } from './tree-format.ts';

/** Every layout of folders that is known. One line each. */
export const trees: TreeFormat[] = [hubCache, hubDownload, dvcCache, modelLinks];
