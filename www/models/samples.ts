/** Sketches as their files hold them: plain coordinates, which become strokes of the page's own pen. */
import { penStroke, type Stroke } from '../package/drawing/strokes';
import { exampleName } from '../words/names';

/** A sketch of the gallery. */
export interface Sample {
  readonly id: string;
  readonly name: string;
  readonly strokes: readonly Stroke[];
}

type Line = readonly (readonly number[])[];

export interface SampleFile {
  readonly id: string;
  readonly name: string;
  readonly strokes: readonly Line[];
  /** Coloured strokes, beneath the lines. */
  readonly hints?: readonly { readonly colour: string; readonly points: Line }[];
}

/** The models were trained on lines of this width, and on hints about as wide. */
const LINE_WIDTH = 2;
const HINT_WIDTH = 10;

export function readSample({ id, name, strokes, hints = [] }: SampleFile): Sample {
  return {
    id,
    name: exampleName(id, name),
    strokes: [
      ...hints.map(({ colour, points }) => penStroke(points, HINT_WIDTH, colour)),
      ...strokes.map((points) => penStroke(points, LINE_WIDTH)),
    ],
  };
}

/** The same sketches without their colours, for models that do not know any. */
export function linesAlone(samples: readonly Sample[]): Sample[] {
  return samples.map((sample) => ({ ...sample, strokes: sample.strokes.filter(({ colour }) => colour === undefined) }));
}
