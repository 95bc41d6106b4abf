import { archiveInside } from './archive-inside.ts';
import { bagit } from './bagit.ts';
import { canonicalPair } from './canonical-pair.ts';
import { certificateFile } from './certificate-file.ts';
import { checkpoint } from './checkpoint.ts';
import { checksumManifest } from './checksum-manifest.ts';
import { cmsSignature } from './cms-signature.ts';
import { contentCredentials } from './content-credentials.ts';
import { cosignBundle } from './cosign-bundle.ts';
import { croissant } from './croissant.ts';
import { cyclonedx } from './cyclonedx.ts';
import { cyclonedxXml } from './cyclonedx-xml.ts';
import { dataPackage } from './data-package.ts';
import { debianControl } from './debian-control.ts';
import { dsse } from './dsse.ts';
import { dvcFile, dvcLock } from './dvc.ts';
import type { Format } from './format.ts';
import { gguf } from './gguf.ts';
import { gitLfsPointer } from './git-lfs-pointer.ts';
import { hdf5 } from './hdf5.ts';
import { inToto } from './in-toto.ts';
import { jws } from './jws.ts';
import { kerasArchive } from './keras-archive.ts';
import { ledger } from './ledger.ts';
import { lightgbm } from './lightgbm.ts';
import { merkleProof } from './merkle-proof.ts';
import { minisign } from './minisign.ts';
import { mlflowMeta, mlmodel } from './mlflow.ts';
import { mlflowMetric } from './mlflow-metric.ts';
import { modelCard } from './model-card.ts';
import { modelManifest } from './model-signature.ts';
import { onnx } from './onnx.ts';
import { openTimestamps } from './open-timestamps.ts';
import { openlineage } from './openlineage.ts';
import { openpgp } from './openpgp.ts';
import { openpgpMessage } from './openpgp-message.ts';
import { oscal } from './oscal.ts';
import { pdfDocument } from './pdf-document.ts';
import { pickle } from './pickle.ts';
import { plainJson, plainJsonLines } from './plain-json.ts';
import { plainText } from './plain-text.ts';
import { plainXml } from './plain-xml.ts';
import { plainYaml } from './plain-yaml.ts';
import { prov } from './prov.ts';
import { pythonPath } from './python-path.ts';
import { rawSignature } from './raw-signature.ts';
import { recordDigest } from './record-digest.ts';
import { revocationList } from './revocation-list.ts';
import { roCrate } from './ro-crate.ts';
import { safetensors } from './safetensors.ts';
import { shardIndex } from './shard-index.ts';
import { signedHead } from './signed-head.ts';
import { signedMail } from './signed-mail.ts';
import { signedNote } from './signed-note.ts';
import { sigstoreBundle } from './sigstore-bundle.ts';
import { spdx } from './spdx.ts';
import { sshSignature } from './ssh-signature.ts';
import { timestamp } from './timestamp.ts';
import { tlogProof } from './tlog-proof.ts';
import { tufRoot } from './tuf-root.ts';
import { xgboost } from './xgboost.ts';

/** Every reader, most particular first: the first that recognises a file reads it. One line each. */
export const formats: Format[] = [
  gitLfsPointer,
  bagit,
  checksumManifest,
  sigstoreBundle,
  modelManifest,
  cosignBundle,
  dsse,
  inToto,
  tufRoot,
  signedMail,
  openpgp,
  openpgpMessage,
  debianControl,
  minisign,
  sshSignature,
  timestamp,
  cmsSignature,
  jws,
  openTimestamps,
  tlogProof,
  checkpoint,
  signedNote,
  signedHead,
  oscal,
  merkleProof,
  openlineage,
  ledger,
  rawSignature,
  safetensors,
  gguf,
  onnx,
  kerasArchive,
  hdf5,
  revocationList,
  certificateFile,
  pythonPath,
  pickle,
  pdfDocument,
  contentCredentials,
  shardIndex,
  roCrate,
  dataPackage,
  croissant,
  spdx,
  cyclonedx,
  cyclonedxXml,
  prov,
  modelCard,
  mlmodel,
  mlflowMeta,
  mlflowMetric,
  dvcLock,
  dvcFile,
  recordDigest,
  canonicalPair,
  lightgbm,
  xgboost,
  plainJson,
  plainJsonLines,
  plainYaml,
  plainXml,
  plainText,
  archiveInside,
];
