/** Example maps as their files hold them: boxes and corners by label, the lowest first. */
import type { Labels } from './labels';
import type { Shape } from './map';
import { exampleName } from '../words/names';

/** An example of the gallery. */
export interface LabelSample {
  readonly id: string;
  readonly name: string;
  readonly shapes: readonly Shape[];
}

export interface LabelSampleFile {
  readonly id: string;
  readonly name: string;
  readonly layers: readonly {
    readonly label: string;
    /** Left, top, right, bottom of each rectangle. */
    readonly boxes?: readonly (readonly number[])[];
    /** The corners of each polygon. */
    readonly polygons?: readonly (readonly (readonly number[])[])[];
  }[];
}

export function readLabelSample({ id, name, layers }: LabelSampleFile): LabelSample {
  return {
    id,
    name: exampleName(id, name),
    shapes: layers.flatMap(({ label, boxes = [], polygons = [] }): Shape[] => [
      ...boxes.map(([left = 0, top = 0, right = 0, bottom = 0]): Shape => ({ kind: 'rectangle', label, box: [left, top, right, bottom] })),
      ...polygons.map((corners): Shape => ({ kind: 'polygon', label, corners: corners.map(([x = 0, y = 0]) => [x, y]) })),
    ]),
  };
}

/** Those that need no other labels than these. */
export function samplesWith(labels: Labels, samples: readonly LabelSample[]): LabelSample[] {
  const names = new Set(labels.map(({ name }) => name));
  return samples.filter(({ shapes }) => shapes.every(({ label }) => names.has(label)));
}
