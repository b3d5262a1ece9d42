/** The pair that the last step learned from, and how real the discriminator finds target and output. */
import { paint } from '../package/drawing/paint';
import { canvas, element } from '../shell/page';
import type { Preview, ScoreMap } from '../package/client';
import { mean } from './lesson';
import { paintScores } from './scores';
import { words } from '../words/current';

export function showStepPair({ name, input, output, target, real, fake }: Preview, step: number): void {
  element('step-pair', HTMLElement).hidden = false;
  element('step-pair-name', HTMLElement).textContent = words.results.learnedFrom(step, name);
  paint(canvas('step-input'), input);
  paint(canvas('step-output'), output);
  paint(canvas('step-target'), target);
  element('scores', HTMLElement).hidden = real === undefined || fake === undefined;
  if (real !== undefined) showScores('real', real);
  if (fake !== undefined) showScores('fake', fake);
}

function showScores(which: 'real' | 'fake', scores: ScoreMap): void {
  const map = canvas(`scores-${which}`);
  paintScores(map, scores);
  const part = mean([...scores.values]);
  element(`scores-${which}-mean`, HTMLElement).textContent = words.results.percent(part);
  map.setAttribute('aria-label', which === 'real' ? words.results.realTarget(part) : words.results.realOutput(part));
}
