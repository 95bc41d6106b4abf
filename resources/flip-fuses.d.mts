/** Of what electron-builder hands to a hook, what this one reads. */
export default function flip(packed: {
  appOutDir: string;
  packager: { executableName: string; appInfo: { productFilename: string } };
}): Promise<void>;
