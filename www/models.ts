/** The models that come with the page, and the sketches that show what each can do. */
import emojiDiscriminator from './models/edges2emoji-discriminator-ndf32.safetensors?url';
import emojiCard from './models/edges2emoji-ngf32.md?url';
import emojiUrl from './models/edges2emoji-ngf32.pict?url';
import emojiLicence from './models/LICENSE-edges2emoji.txt?url';
import photoDiscriminator from './models/edges2photo-discriminator-ndf32.safetensors?url';
import photoCard from './models/edges2photo-ngf32.md?url';
import photoUrl from './models/edges2photo-ngf32.pict?url';
import photoLicence from './models/LICENSE-edges2photo.txt?url';
import emojiSamples from './samples/edges2emoji.json';
import photoSamples from './samples/edges2photo.json';
import { penStroke, type Stroke } from './strokes';

/** A sketch of the gallery. */
export interface Sample {
  readonly id: string;
  readonly name: string;
  readonly strokes: readonly Stroke[];
}

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
  readonly source: string | Blob;
  /** Where the licence and the card are; a visitor's own file has neither. */
  readonly licence?: { readonly name: string; readonly url: string };
  readonly card?: string;
  /** The discriminator that it was trained with, to teach it more; some files hold their own. */
  readonly discriminator?: string;
  /** Of a model that was taught here and is kept on this device: the bundled or own model that it came from. */
  readonly taughtFrom?: Origin;
  readonly samples: readonly Sample[];
}

/** A saved model as it lies in the database. */
export interface KeptModel {
  readonly id: string;
  readonly name: string;
  readonly taughtFrom: Origin;
  readonly steps: number;
  readonly saved: Date;
  readonly file: Blob;
}

interface SampleFile {
  readonly id: string;
  readonly name: string;
  readonly strokes: readonly (readonly (readonly number[])[])[];
}

/** The models were trained on lines of this width. */
const SAMPLE_WIDTH = 2;

function readSamples(file: readonly SampleFile[]): Sample[] {
  return file.map(({ id, name, strokes }) => ({
    id,
    name,
    strokes: strokes.map((points) => penStroke(points, SAMPLE_WIDTH)),
  }));
}

/** The page starts with this one: its pictures of wobbly outlines please more. */
export const START_MODEL: Model = {
  id: 'edges2photo',
  name: 'Photo',
  about: 'animals, flowers, food and things, cut out on white',
  bytes: 13_616_942,
  source: photoUrl,
  licence: { name: 'GPL-2.0-or-later', url: photoLicence },
  card: photoCard,
  discriminator: photoDiscriminator,
  samples: readSamples(photoSamples),
};

export const MODELS: readonly Model[] = [
  START_MODEL,
  {
    id: 'edges2emoji',
    name: 'Emoji',
    about: 'soft, rounded pictures that look modelled in 3D',
    bytes: 13_616_942,
    source: emojiUrl,
    licence: { name: 'MIT', url: emojiLicence },
    card: emojiCard,
    discriminator: emojiDiscriminator,
    samples: readSamples(emojiSamples),
  },
];

/** A weights file that the visitor brought. */
export function ownModel(file: File): Model {
  return {
    id: 'own',
    name: file.name,
    about: 'your own file',
    bytes: file.size,
    source: file,
    samples: START_MODEL.samples,
  };
}

/** `13.6 MB`: decimal megabytes, one digit. */
export function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}
