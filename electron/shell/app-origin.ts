/** The window's origin in Electron. A standard scheme, so that it is compared as an origin and not as a prefix. */
export const appScheme = 'app';
const appHost = 'assay';
export const appOrigin = `${appScheme}://${appHost}`;

/** Whether an address is a page of ours: exactly our scheme and host, no port, no user. @param url may be anything */
export function isOurs(url: unknown): boolean {
  if (typeof url !== 'string' || url.length > 2_048 || !URL.canParse(url)) return false;
  const { protocol, hostname, port, username, password } = new URL(url);
  return protocol === `${appScheme}:` && hostname === appHost && port === '' && username === '' && password === '';
}
