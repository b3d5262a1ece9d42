/** The pair that the last step learned from, and how real the discriminator finds target and output. */
import { paint } from '../package/drawing/paint';
import { canvas, element } from '../page';
import type { Preview, ScoreMap } from '../../pkg/client.js';
import { mean } from './lesson';
import { paintScores } from './scores';

export function showStepPair({ name, input, output, target, real, fake }: Preview, step: number): void {
  element('step-pair', HTMLElement).hidden = false;
  element('step-pair-name', HTMLElement).textContent = `Step ${step} learned from ${name}`;
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
  const percent = `${Math.round(100 * mean([...scores.values]))}%`;
  element(`scores-${which}-mean`, HTMLElement).textContent = percent;
  const of = which === 'real' ? 'target' : 'output';
  map.setAttribute('aria-label', `How real the discriminator finds the ${of}, patch by patch: ${percent} on the whole`);
}
