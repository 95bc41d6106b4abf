import manifest from '../package.json' with { type: 'json' };

/** Version of the tool, as every report and verification states it. */
export const version: string = manifest.version;
