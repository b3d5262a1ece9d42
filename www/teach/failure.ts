/** What went wrong in a training, and what to do about it, in words for a person. */
import { Pix2PixError } from '../package/client';
import type { Lesson } from './lesson';
import { learningRateOf } from './settings';
import { isLost } from '../package/contract/lost';
import { words } from '../words/current';

export interface Failure {
  readonly code: string;
  readonly text: string;
}

/** `kept`: the step up to which the training is kept on the device, where it is. */
export function explain(error: unknown, lesson: Lesson, kept: number | undefined): Failure {
  const code = error instanceof Pix2PixError ? error.code : error instanceof Error ? error.name : 'Error';
  const said = error instanceof Error ? error.message : String(error);
  const message = said.startsWith(`${code}: `) ? said.slice(code.length + 2) : said;
  if (code === 'train/diverged') {
    const lower = learningRateOf(lesson.settings) / 4;
    return { code, text: words.failure.diverged(lesson.step + 1, lower) };
  }
  if (isLost(error)) {
    const gpu = code === 'device/lost';
    const what = gpu ? words.failure.gpuLost : words.failure.crashed;
    const rest = kept === undefined ? words.failure.nothingSaved : words.failure.savedUpTo(kept);
    return { code, text: [what, rest, ...(gpu ? [] : [words.failure.freezeInner])].join(words.space) };
  }
  const introduction = error instanceof Pix2PixError ? words.error(code) : undefined;
  return { code, text: introduction === undefined ? message : `${introduction}${words.space}(${message})` };
}
