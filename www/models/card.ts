/** What a visitor's own file says of its model: its name, licence and labels, and who is to be named. */
import { samplesWith } from '../labels/samples';
import type { Labels } from '../labels/labels';
import type { Model } from './models';
import type { Card } from '../package/contract/protocol';
import { words } from '../words/current';

/**
 * The model as its card has it, where it is a visitor's own file and has one. Example maps of the `bundled` models are offered where
 * the labels are theirs.
 */
export function withCard(model: Model, card: Card | undefined, bundled: readonly Model[]): Model {
  if (model.id !== 'own' || card === undefined) return model;
  const { title, licence } = card;
  const [first, ...others] = card.classes ?? [];
  const labels: Labels | undefined = first && [first, ...others];
  return {
    ...model,
    // A model that is loaded again has its title already.
    ...(title !== undefined && title !== model.name && { name: title, about: `${model.name}, ${model.about}` }),
    ...(licence && { licence }),
    ...(labels && { labels, labelSamples: samplesWith(labels, bundled.flatMap(({ labelSamples = [] }) => labelSamples)) }),
    said: card,
  };
}

/** What the card says besides the name and the licence, for the list of models: plain text, and a picture. */
export function cardElement(card: Card): HTMLElement {
  const element = document.createElement('div');
  element.className = 'model-card';
  if (card.thumbnail !== undefined) {
    const image = document.createElement('img');
    Object.assign(image, { src: card.thumbnail, alt: words.modelList.thumbnail, className: 'thumbnail' });
    element.append(image);
  }
  for (const line of madeFrom(card)) element.append(paragraph(line));
  const lines = details(card);
  if (lines.length > 0) {
    const more = document.createElement('details');
    const summary = document.createElement('summary');
    summary.textContent = words.modelList.credits;
    more.append(summary, ...lines.map(paragraph));
    element.append(more);
  }
  return element;
}

/** A licence goes with what was learned from a model that is under it. */
function madeFrom({ madeFrom = [] }: Card): string[] {
  return madeFrom.map(({ title = words.modelList.untitled, licence }) =>
    licence ? words.modelList.madeFromUnder(title, licence.name) : words.modelList.madeFrom(title),
  );
}

function details({ credits = [], data, steps, scores = {}, madeFrom = [] }: Card): string[] {
  const measured = Object.entries(scores).map(([name, score]) => `${name} ${score}`);
  return [
    ...credits,
    ...madeFrom.flatMap(({ credits = [] }) => credits),
    ...(data === undefined ? [] : [data]),
    ...(steps === undefined ? [] : [words.modelList.steps(steps)]),
    ...(measured.length === 0 ? [] : [words.modelList.scores(measured.join(', '))]),
  ];
}

function paragraph(text: string): HTMLParagraphElement {
  const element = document.createElement('p');
  element.textContent = text;
  return element;
}
