/** Labels: what the regions of a map mean, and the colours that the network knows them by. */

export interface Label {
  readonly name: string;
  /** `#rrggbb`: every pixel of the label has exactly this colour. */
  readonly color: string;
}

/** The labels of one kind of map. The first is the background. */
export type Labels = readonly [Label, ...Label[]];

/** Labels as their file holds them: colours by name. */
export function readLabels(colors: Readonly<Record<string, string>>): Labels {
  const [first, ...others] = Object.entries(colors).map(([name, color]): Label => ({ name, color }));
  if (first === undefined) throw new Error('a map needs a label');
  return [first, ...others];
}

/** What maps of the same labels have in common. */
export function kindOfMap(labels: Labels): string {
  return labels.map(({ name }) => name).join();
}

/** Where the label stands in the list. */
export function placeOf(labels: Labels, name: string): number {
  const place = labels.findIndex((label) => label.name === name);
  if (place < 0) throw new Error(`${name} is none of the labels ${kindOfMap(labels)}`);
  return place;
}

export function rgbOf(color: string): [red: number, green: number, blue: number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
