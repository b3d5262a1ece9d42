/** What went wrong in a training, and what to do about it, in words for a person. */
import { Pix2PixError } from '../../pkg/client.js';
import type { Lesson } from './lesson';
import { learningRateOf } from './settings';
import { isLost } from '../package/lost';

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
    return {
      code,
      text: `At step ${lesson.step + 1} the losses were no longer finite, so the training stopped. That step changed nothing, but earlier ones may have harmed the model: if its pictures look wrong, undo the training. Try a lower learning rate (Advanced), such as ${lower}.`,
    };
  }
  if (isLost(error)) {
    const what = code === 'device/lost' ? 'The GPU was lost' : 'The engine crashed, most likely because memory ran out';
    const rest =
      kept === undefined
        ? 'Nothing of this training had been saved yet.'
        : `The training is saved up to step ${kept}. Press Continue to resume from there.`;
    const advice = code === 'device/lost' ? '' : ' Freeze the inner layers (Advanced) to use far less memory.';
    return { code, text: `${what}. The model is being reloaded. ${rest}${advice}` };
  }
  return { code, text: message };
}
