import { os } from './implementer.ts';

export const host = {
  about: os.host.about.handler(({ context }) => context.host.about()),
  choose: os.host.choose.handler(({ input, context }) => context.host.choose(input.what)),
  browse: os.host.browse.handler(({ input, context }) => context.host.browse(input.at)),
  locate: os.host.locate.handler(({ input, context }) => context.host.locate(input.path)),
};
