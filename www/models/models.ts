/** The models that come with the page, and the drawings that show what each can do. */
import { type LabelSample, type LabelSampleFile, readLabelSample } from '../labels/samples';
import { type Labels, readLabels } from '../labels/labels';
import labels from '../labels/labels.json';
import type { Card } from '../package/contract/protocol';
import { onPhone } from './phone';
import { linesAlone, readSample, type Sample, type SampleFile } from './samples';
import emojiSamples from '../samples/edges2emoji.json';
import photoSamples from '../samples/edges2photo.json';
import frontSamples from '../samples/labels2front.json';
import roomSamples from '../samples/labels2room.json';
import { words } from '../words/current';
import type { Words } from '../words/en';

/** Where a taught model comes from. */
export interface Origin {
  readonly id: string;
  readonly name: string;
}

/** A model that the page offers. */
export interface Model {
  /** Stable: it is kept in the settings and stands in `data-model`. */
  readonly id: string;
  readonly name: string;
  /** What it does, in half a sentence. */
  readonly about: string;
  /** Size of the file; said before it is downloaded. */
  readonly bytes: number;
  /** More than one file are those of a TensorFlow checkpoint. */
  readonly source: string | Blob | readonly File[];
  /** It learned from sketches with strokes of the target's colours: a coloured stroke steers what it paints there. */
  readonly hints?: boolean;
  /** Its hints filled the regions that they lay in as it learned, and must do so as it translates. */
  readonly spreadHints?: boolean;
  /**
   * It learned from things on white paper, and never saw a sheet without a line: of one the page shows paper, not the haze that the network
   * would paint. Not said of what is taught from it, nor of a visitor's own model: these may have learned another ground.
   */
  readonly onWhite?: boolean;
  /** It paints from a map of these labels, and not from a sketch. */
  readonly labels?: Labels;
  /** Small and fast: what the page starts with on a phone. */
  readonly forPhones?: boolean;
  /** A visitor's own file may say it; its address may be missing then. */
  readonly licence?: NonNullable<Card['licence']>;
  /** Where the card of a bundled model is. */
  readonly card?: string;
  /** What a visitor's own file says of its model. */
  readonly said?: Card;
  /** The discriminator that it was trained with, to teach it more; some files hold their own. */
  readonly discriminator?: string;
  /** Of a model that was taught here and is kept on this device: the bundled or own model that it came from. */
  readonly taughtFrom?: Origin;
  readonly samples: readonly Sample[];
  readonly labelSamples?: readonly LabelSample[];
}

/** What a model paints from. Stands in `data-input`, by which the style sheet shows what belongs to the kind. */
export type InputKind = 'lines' | 'labels';

export function inputOf({ labels }: Pick<Model, 'labels'>): InputKind {
  return labels === undefined ? 'lines' : 'labels';
}

/** A saved model as it lies in the database. */
export interface KeptModel {
  readonly id: string;
  readonly name: string;
  readonly taughtFrom: Origin;
  readonly hints?: boolean;
  readonly spreadHints?: boolean;
  readonly labels?: Labels;
  /** Of the visitor's own file that it came from, where that said it. */
  readonly licence?: NonNullable<Card['licence']>;
  readonly steps: number;
  readonly saved: Date;
  readonly file: Blob;
}

/** A model of the list below. Its files lie in this folder, and beside its weights `NAME.md`, its card. */
interface Entry extends Pick<Model, 'bytes' | 'hints' | 'spreadHints' | 'onWhite' | 'labels' | 'forPhones'> {
  /** By which the page's words have its name, and what it does. */
  readonly id: keyof Words['models'];
  readonly file: string;
  readonly licence: { readonly name: string; readonly file: string };
  readonly discriminator?: string;
  readonly samples?: readonly SampleFile[];
  readonly labelSamples?: readonly LabelSampleFile[];
}

/** The page starts with the first one, or on a phone with the first for phones. */
const ENTRIES: readonly [Entry, ...Entry[]] = [
  {
    id: 'edges2photo',
    file: 'edges2photo-ngf32.safetensors',
    bytes: 7_128_244,
    hints: true,
    spreadHints: true,
    onWhite: true,
    licence: { name: 'CC-BY-3.0', file: 'LICENSE-edges2photo.txt' },
    discriminator: 'edges2photo-ngf32-discriminator.safetensors',
    samples: photoSamples,
  },
  {
    id: 'edges2emoji',
    file: 'edges2emoji-ngf32.safetensors',
    bytes: 7_110_692,
    hints: true,
    spreadHints: true,
    onWhite: true,
    licence: { name: 'MIT', file: 'LICENSE-edges2emoji.txt' },
    discriminator: 'edges2emoji-ngf32-discriminator.safetensors',
    samples: emojiSamples,
  },
  {
    id: 'edges2emoji-small',
    file: 'edges2emoji-ngf16.safetensors',
    bytes: 1_797_244,
    hints: true,
    spreadHints: true,
    onWhite: true,
    forPhones: true,
    licence: { name: 'MIT', file: 'LICENSE-edges2emoji.txt' },
    discriminator: 'edges2emoji-ngf16-discriminator.safetensors',
    samples: emojiSamples,
  },
  {
    id: 'labels2front',
    file: 'labels2front-ngf32.safetensors',
    bytes: 2_187_636,
    labels: readLabels(labels.fronts),
    licence: { name: 'CC-BY-3.0', file: 'LICENSE-labels2front.txt' },
    discriminator: 'labels2front-ngf32-discriminator.safetensors',
    labelSamples: frontSamples,
  },
  {
    id: 'labels2room',
    file: 'labels2room-ngf32.safetensors',
    bytes: 2_190_636,
    labels: readLabels(labels.rooms),
    licence: { name: 'CC-BY-3.0', file: 'LICENSE-labels2room.txt' },
    discriminator: 'labels2room-ngf32-discriminator.safetensors',
    labelSamples: roomSamples,
  },
];

/** Models that give photos their colours, for the Colour tab. It begins with the first one. */
const COLORIZER_ENTRIES: readonly Entry[] = [
  {
    id: 'colorize',
    file: 'colorize-ngf32.safetensors',
    bytes: 2_225_384,
    licence: { name: 'CC-BY-SA-4.0', file: 'LICENSE-colorize.txt' },
    discriminator: 'colorize-ngf32-discriminator.safetensors',
  },
];

/** The addresses of all their files. */
const addresses = import.meta.glob<string>('./*.{safetensors,md,txt}', {
  query: '?url',
  import: 'default',
  eager: true,
});

function addressOf(file: string): string {
  const address = addresses[`./${file}`];
  if (address === undefined) throw new Error(`the list of models names ${file}, which is not in www/models`);
  return address;
}

function modelOf({ file, licence, discriminator, samples = [], labelSamples = [], ...same }: Entry): Model {
  return {
    ...same,
    ...words.models[same.id],
    source: addressOf(file),
    licence: { name: licence.name, url: addressOf(licence.file) },
    card: addressOf(file.replace(/\.\w+$/, '.md')),
    ...(discriminator !== undefined && { discriminator: addressOf(discriminator) }),
    samples: samples.map(readSample),
    labelSamples: labelSamples.map(readLabelSample),
  };
}

const start = (onPhone() && ENTRIES.find(({ forPhones }) => forPhones)) || ENTRIES[0];

/** The page starts with this one, until the visitor chooses another. */
export const START_MODEL: Model = modelOf(start);

export const MODELS: readonly Model[] = ENTRIES.map((entry) => (entry === start ? START_MODEL : modelOf(entry)));

export const COLORIZERS: readonly Model[] = COLORIZER_ENTRIES.map(modelOf);

/**
 * A model that the visitor brought, a weights file or the files of a checkpoint. Before it is loaded nothing is known of it, so
 * it gets lines alone; what its card says comes with `withCard`.
 */
export function ownModel(brought: readonly File[]): Model {
  // The graph in a checkpoint's `.meta` is large, and of no use here.
  const files = brought.length === 1 ? brought : brought.filter(({ name }) => !name.endsWith('.meta'));
  const [single, ...more] = files;
  const named = files.find(({ name }) => name.endsWith('.index')) ?? single;
  return {
    id: 'own',
    name: named?.name.replace(/\.index$/, '') ?? '',
    about: more.length === 0 ? words.modelList.ownFile : words.modelList.ownFiles,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
    source: more.length === 0 && single !== undefined ? single : files,
    samples: linesAlone(START_MODEL.samples),
  };
}
