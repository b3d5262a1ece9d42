/** The two kinds of input that models paint from, lines and maps of labels: what each is drawn on, and with. */
import type { Example } from './gallery';
import type { Drawings, OtherDrawings } from '../keep/drawings';
import { mapOf } from '../labels/map';
import type { LabelPad } from '../labels/pad';
import { kindOfMap } from '../labels/labels';
import { renderMap } from '../labels/image';
import type { Model } from '../models/models';
import type { Pad, Tools } from '../package/drawing/pad';
import type { SketchPad } from '../package/drawing/sketch';
import { renderMarks } from '../package/drawing/strokes';
import { whenOf } from './when';
import { words } from '../words/current';

export interface Input {
  readonly pad: Pad;
  readonly tools: Tools;
  /** What is in sight, as it is kept. */
  drawings(): Drawings;
  examples(model: Model): readonly Example[];
  /** Drawings of other tabs that can be gone on with. */
  ofOtherTabs(others: readonly OtherDrawings[]): readonly Example[];
}

export function lineInput(pad: SketchPad, tools: Tools): Input {
  return {
    pad,
    tools,
    drawings: () => ({ sketch: pad.inSight }),
    examples: ({ samples }) =>
      samples.map(({ id, name, strokes }) => ({
        id,
        name,
        render: (side) => renderMarks([{ kind: 'sheet', strokes }], new WeakMap(), side),
        lay: () => pad.lay(strokes),
      })),
    ofOtherTabs: (others) =>
      others.flatMap((other): Example[] => {
        const { sketch } = other;
        if (sketch === undefined) return [];
        // A picture beneath the lines is not worth decoding for a thumbnail.
        const render = (side: number) => renderMarks(sketch.marks, new WeakMap(), side);
        return [{ ...named(other), render, lay: () => void pad.layInSight(sketch) }];
      }),
  };
}

export function labelInput(pad: LabelPad, tools: Tools): Input {
  return {
    pad,
    tools,
    drawings: () => ({ maps: { [kindOfMap(pad.labels)]: pad.inSight } }),
    examples: ({ labelSamples = [] }) =>
      labelSamples.map(({ id, name, shapes }) => ({
        id,
        name,
        render: (side) => renderMap(mapOf(shapes, pad.labels), pad.labels, side),
        lay: () => pad.lay(shapes),
      })),
    ofOtherTabs: (others) =>
      others.flatMap((other): Example[] => {
        const { labels } = pad;
        const drawing = other.maps?.[kindOfMap(labels)];
        if (drawing === undefined) return [];
        return [{ ...named(other), render: (side) => renderMap(mapOf(drawing.marks, labels), labels, side), lay: () => pad.layInSight(drawing) }];
      }),
  };
}

function named({ id, at }: OtherDrawings): Pick<Example, 'id' | 'name'> {
  return { id: `kept-${id}`, name: words.page.yours(whenOf(at)) };
}
