/** `14:32`; of another day, its date. */
export function whenOf(at: number): string {
  const when = new Date(at);
  const today = when.toDateString() === new Date().toDateString();
  return today ? when.toLocaleTimeString(undefined, { timeStyle: 'short' }) : when.toLocaleDateString(undefined, { dateStyle: 'short' });
}
