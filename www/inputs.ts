/** The two kinds of input that models paint from, lines and maps of labels: what each is drawn on, and with. */
import type { Example } from './gallery';
import { mapOf } from './label-map';
import type { LabelPad } from './label-pad';
import { renderMap } from './map-image';
import type { Model } from './models';
import type { Pad, Tools } from './pad';
import type { SketchPad } from './sketch';
import { renderMarks } from './strokes';

/** Stands in `data-input`, by which the style sheet shows what belongs to the kind. */
export type InputKind = 'lines' | 'labels';

export interface Input {
  readonly pad: Pad;
  readonly tools: Tools;
  examples(model: Model): readonly Example[];
}

export function inputOf({ labels }: Model): InputKind {
  return labels === undefined ? 'lines' : 'labels';
}

export function lineInput(pad: SketchPad, tools: Tools): Input {
  return {
    pad,
    tools,
    examples: ({ samples }) =>
      samples.map(({ id, name, strokes }) => ({
        id,
        name,
        render: (side) => renderMarks([{ kind: 'sheet', strokes }], new WeakMap(), side),
        lay: () => pad.lay(strokes),
      })),
  };
}

export function labelInput(pad: LabelPad, tools: Tools): Input {
  return {
    pad,
    tools,
    examples: ({ labelSamples = [] }) =>
      labelSamples.map(({ id, name, shapes }) => ({
        id,
        name,
        render: (side) => renderMap(mapOf(shapes, pad.labels), pad.labels, side),
        lay: () => pad.lay(shapes),
      })),
  };
}
