/** Control characters but tab and line feed, and characters that turn the direction of text or are not seen. */
const unseen =
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;
const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

/** Evidence's text of many lines as it may be shown: what could deceive the eye stands as an escape. */
export const visibleText = (text: string): string => text.toWellFormed().replace(unseen, escaped);

/** A name or a path of the evidence, which is one line wherever it is shown: its tabs and line feeds are escapes too. */
export const visibleName = (name: string): string => visibleText(name).replace(/[\t\n]/g, escaped);
