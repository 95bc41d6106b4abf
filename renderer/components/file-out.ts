const sideAtMost = 8_192;
const density = 2;

/** Hands a file to the browser, which keeps it where it keeps downloads. */
export function download(name: string, type: string, content: string | Uint8Array<ArrayBuffer>): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}

/**
 * A picture of ours as PNG, at two pixels to one, or as many as a canvas holds.
 * @param size width and height, px @throws Error where this window draws none
 */
export async function pngOf(svg: string, { width, height }: { width: number; height: number }): Promise<Blob> {
  const scale = Math.min(density, sideAtMost / width, sideAtMost / height);
  const address = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
  try {
    const image = new Image(width, height);
    image.src = address;
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((found, failed) =>
      canvas.toBlob((blob) =>
        blob === null ? failed(new Error('This window drew no picture. Export an SVG picture instead.')) : found(blob),
      ),
    );
  } finally {
    URL.revokeObjectURL(address);
  }
}
