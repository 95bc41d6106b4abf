import { bags } from './bags.ts';
import { certificates } from './certificates.ts';
import { commitments } from './commitments.ts';
import { contradictions } from './contradictions.ts';
import { nothingChecked, unsignedCoverage, weakDigests } from './coverage.ts';
import { documents, unread } from './documents.ts';
import { externalData } from './external-data.ts';
import { folderDigests } from './folder-digests.ts';
import { layouts } from './layouts.ts';
import { ledgerAnchored } from './ledger-anchored.ts';
import { ledgerClock } from './ledger-clock.ts';
import { ledgerLinks } from './ledger-links.ts';
import { ledgerSignatures } from './ledger-signatures.ts';
import { listings } from './listings.ts';
import { merkleProofs } from './merkle-proofs.ts';
import { modelCards } from './model-cards.ts';
import { names } from './names.ts';
import { pickleImports } from './pickle-imports.ts';
import { pointers } from './pointers.ts';
import { policyDemands } from './policy-demands.ts';
import type { Rule } from './rule.ts';
import { shards } from './shards.ts';
import { signatures } from './signatures.ts';
import { timestamps } from './timestamps.ts';
import { tufRoots } from './tuf-roots.ts';

/** Every rule, in the order they run: timestamps, then signatures, for others read their outcomes. One line each. */
export const rules: Rule[] = [
  timestamps,
  commitments,
  signatures,
  layouts,
  tufRoots,
  listings,
  contradictions,
  folderDigests,
  bags,
  ledgerLinks,
  ledgerSignatures,
  ledgerAnchored,
  ledgerClock,
  merkleProofs,
  documents,
  shards,
  externalData,
  modelCards,
  pickleImports,
  pointers,
  certificates,
  policyDemands,
  unsignedCoverage,
  weakDigests,
  names,
  unread,
  nothingChecked,
];
