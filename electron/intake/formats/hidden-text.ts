/** Controls but line ends and tabs, and characters that turn the direction of a text. */
const controls = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
/** In a name no line ends either, and nothing that takes no room. */
const inNames = /[\t\n\r\u200b\u2060-\u2064\ufeff]/;

/** Whether a text holds what cannot be seen, or what makes it read otherwise than it is stored (Trojan Source). */
export const hidesInText = (text: string): boolean => controls.test(text);
/** The same of a name, which stands on one line. */
export const hidesInName = (name: string): boolean => controls.test(name) || inNames.test(name);
