/** What comes after a training: save the model, take it along as a file, write the report, or go back. */
import { whyNotKept } from '../keep/database';
import { keepModel } from '../keep/models';
import { button, element, onClick } from '../shell/page';
import { copyText, download } from '../shell/save';
import { showAlert } from '../shell/alert';
import { pageState } from '../shell/render';
import type { Studio } from './page';
import type { Pix2Pix, SaveOptions } from '../package/client';
import { forgetTraining } from '../keep/training';
import { codeFor } from './code';
import { test } from './evaluation';
import { type Lesson, originOf, spreadsHints } from './lesson';
import type { Pair } from './pair';
import type { Pairs } from './pairs';
import { inPictures } from './pictures';
import { uniqueId } from '../keep/unique';
import { fileName, type ReportRow, writeReport } from './report';
import { words } from '../words/current';

/** How the name of a small file ends. */
const SMALL = '-small';

export interface KeepingEvents {
  /** A file is being written: the model must stay as it is until then. */
  busy(busy: boolean): void;
  saved(): void;
  undo(): void;
}

/** Undefined where nothing was learned, or the model is gone. */
export type Taught = { readonly model: Pix2Pix; readonly lesson: Lesson } | undefined;

export class Keeping {
  readonly #studio: Studio;
  readonly #pairs: Pairs;
  readonly #taught: () => Taught;
  readonly #events: KeepingEvents;
  readonly #name = element('train-name', HTMLInputElement);
  readonly #status = element('keep-status', HTMLElement);

  constructor(studio: Studio, pairs: Pairs, taught: () => Taught, events: KeepingEvents) {
    this.#studio = studio;
    this.#pairs = pairs;
    this.#taught = taught;
    this.#events = events;
    element('keep-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#run(words.keeping.saving, (model, lesson) => this.#save(model, lesson));
    });
    onClick('train-download', () => this.#download({ what: 'generator' }, ''));
    onClick('train-download-small', () => this.#download({ what: 'generator', dtype: 'q8' }, SMALL));
    onClick('train-download-pict', () => this.#download({ what: 'generator', format: 'pict' }, ''));
    onClick('code-copy', () => void this.#copyCode());
    this.#name.addEventListener('input', () => this.#showCode());
    onClick('train-download-checkpoint', () => this.#download({ what: 'checkpoint' }, '-checkpoint'));
    onClick('train-report', () => this.#run(words.keeping.writingReport, (model, lesson) => this.#report(model, lesson)));
    onClick('train-undo', () => this.#events.undo());
  }

  /** Offers it once there is something to keep. */
  show(offered: boolean): void {
    const lesson = this.#taught()?.lesson;
    element('keep', HTMLElement).hidden = !offered || lesson === undefined;
    if (lesson === undefined) return;
    if (this.#name.value === '') this.#name.value = this.#freeName(nameFor(lesson));
    this.#showCode();
    button('train-undo').title = words.keeping.goBack(lesson.base.name);
  }

  /** Another lesson: the name and the words of the one before mean nothing to it. */
  reset(): void {
    this.#name.value = '';
    this.#say('');
  }

  async #save(model: Pix2Pix, lesson: Lesson): Promise<string> {
    const file = await model.save({ what: 'networks', dtype: 'f16' });
    const name = this.#name.value.trim() || nameFor(lesson);
    const id = `taught-${uniqueId()}`;
    const steps = lesson.step - lesson.from;
    const { hints = false, labels, licence } = lesson.base;
    const learned = { hints, spreadHints: spreadsHints(lesson), ...(labels && { labels }), ...(licence && { licence }), steps };
    const toKeep = { id, name, taughtFrom: originOf(lesson), ...learned, saved: new Date(), file };
    const kept = await keepModel(toKeep).catch((error: unknown) =>
      Promise.reject(new Error(words.keeping.notSaved(whyNotKept(error)))),
    );
    lesson.saved = true;
    await forgetTraining(lesson.id);
    await this.#studio.saved(kept);
    this.#name.value = this.#freeName(name);
    this.#events.saved();
    return words.keeping.saved(name);
  }

  #download(options: SaveOptions, suffix: string): void {
    this.#run(words.keeping.writingFile, async (model) => {
      const file = await model.save(options);
      download(new File([file], `${fileName(this.#name.value)}${suffix}.${options.format ?? 'safetensors'}`, { type: file.type }));
      return words.keeping.downloaded;
    });
  }

  #showCode(): void {
    const lesson = this.#taught()?.lesson;
    if (lesson !== undefined) element('code-lines', HTMLElement).textContent = codeFor(`${fileName(this.#name.value)}${SMALL}.safetensors`, lesson);
  }

  async #copyCode(): Promise<void> {
    try {
      await copyText(element('code-lines', HTMLElement).textContent ?? '');
      this.#say(words.keeping.copied);
    } catch (error) {
      showAlert(error);
    }
  }

  async #report(model: Pix2Pix, lesson: Lesson): Promise<string> {
    const [heldOut, learned] = [this.#pairs.heldOut, this.#pairs.learned];
    const of = heldOut.length + learned.length;
    let done = 0;
    const rows = this.#rows(model, lesson, heldOut, learned, () => this.#say(words.keeping.reporting((done += 1), of)));
    download(await writeReport(lesson, rows));
    return words.keeping.reported;
  }

  /** The held-out pairs before and after, then what became of those that were learned from. */
  async *#rows(
    model: Pix2Pix,
    lesson: Lesson,
    heldOut: readonly Pair[],
    learned: readonly Pair[],
    onPair: () => void,
  ): AsyncGenerator<ReportRow> {
    const { before, from, step } = lesson;
    for (const pair of [...heldOut, ...learned]) {
      const { id, name, input, target } = pair;
      const row = { name, input, target, heldOut: heldOut.includes(pair) };
      const earlier = before.get(id);
      if (row.heldOut && earlier !== undefined) {
        yield { ...row, step: from, l1: earlier.l1, output: await png(earlier.output) };
      }
      let output: ImageData | undefined;
      const l1 = await test(model, [pair], (_pair, evaluation) => (output = evaluation.output), { spreadHints: spreadsHints(lesson) });
      if (output !== undefined && l1 !== undefined) yield { ...row, step, l1, output: await png(output) };
      onPair();
    }
  }

  /** One at a time; each ends in a word. */
  #run(doing: string, task: (model: Pix2Pix, lesson: Lesson) => Promise<string>): void {
    const taught = this.#taught();
    if (taught === undefined || pageState().writing) return;
    this.#events.busy(true);
    this.#say(doing);
    task(taught.model, taught.lesson)
      .then(
        (done) => this.#say(done),
        (error: unknown) => {
          this.#say('');
          showAlert(error);
        },
      )
      .finally(() => this.#events.busy(false));
  }

  #say(text: string): void {
    this.#status.textContent = text;
  }

  /** `My Photo`, or `My Photo 2` where there is one already. */
  #freeName(name: string): string {
    const taken = new Set(this.#studio.models().map((model) => model.name));
    const stem = name.replace(/ \d+$/, '');
    let free = name;
    for (let i = 2; taken.has(free); i++) free = `${stem} ${i}`;
    return free;
  }
}

/** `My Photo`; a file's name without its ending. */
function nameFor(lesson: Lesson): string {
  return words.keeping.my(originOf(lesson).name.replace(/\.(pict|safetensors)$/i, ''));
}

function png(image: ImageData): Promise<Blob> {
  return inPictures((pictures) => pictures.encode(image));
}
