// Fuses of the Electron binary (reliability.md, E-11), flipped after packing and read back: a fuse that this list does
// not name, or that did not take, ends the build.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { FuseState, FuseV1Options, FuseVersion, flipFuses, getCurrentFuseWire } from '@electron/fuses';

export const fuses = {
  [FuseV1Options.RunAsNode]: false,
  [FuseV1Options.EnableCookieEncryption]: true,
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable]: false,
  [FuseV1Options.EnableNodeCliInspectArguments]: false,
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation]: true,
  [FuseV1Options.OnlyLoadAppFromAsar]: true,
  [FuseV1Options.LoadBrowserProcessSpecificV8Snapshot]: false,
  [FuseV1Options.GrantFileProtocolExtraPrivileges]: false,
  [FuseV1Options.WasmTrapHandlers]: true,
};

export default async function flip({ appOutDir, packager }) {
  const { productFilename } = packager.appInfo;
  const names = [packager.executableName, `${productFilename}.exe`, `${productFilename}.app`, productFilename];
  const binary = names
    .map((name) => join(appOutDir, name ?? ''))
    .find((place) => place !== appOutDir && existsSync(place));
  if (binary === undefined) throw new Error(`No binary to flip fuses in lies in ${appOutDir}.`);
  await flipFuses(binary, { version: FuseVersion.V1, strictlyRequireAllFuses: true, ...fuses });
  const wire = await getCurrentFuseWire(binary);
  for (const [fuse, isOn] of Object.entries(fuses))
    if (wire[fuse] !== (isOn ? FuseState.ENABLE : FuseState.DISABLE))
      throw new Error(`Fuse ${FuseV1Options[fuse]} did not take.`);
}
