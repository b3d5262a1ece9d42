/** `13.6`: decimal megabytes, one digit. */
export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
