import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withCard } from '../../www/models/card';
import type { Model } from '../../www/models/models';
import type { Card } from '../../www/package/contract/protocol';

const brought: Model = { id: 'own', name: 'a.pict', about: 'your own file', bytes: 1, source: new Blob([]), samples: [] };
const shapes = [{ kind: 'rectangle', label: 'sky', box: [0, 0, 9, 9] }] as const;
const bundled: Model[] = [{ ...brought, id: 'fronts', labelSamples: [{ id: 'house', name: 'House', shapes }] }];
const card: Card = {
  title: 'Fronts of my street',
  licence: { name: 'CC-BY-4.0' },
  classes: [{ name: 'sky', color: '#66ccff' }, { name: 'wall', color: '#ffdd55' }],
};

test('a model is called, licensed and painted for as its card says', () => {
  const model = withCard(brought, card, bundled);
  assert.deepEqual([model.name, model.about], ['Fronts of my street', 'a.pict, your own file']);
  assert.deepEqual([model.licence, model.labels, model.said], [card.licence, card.classes, card]);
  assert.deepEqual(model.labelSamples?.map(({ id }) => id), ['house']);
  assert.deepEqual(withCard(model, card, bundled), model, 'loaded again it is the same');
});

test('examples of maps with other labels are not offered', () => {
  const other = { classes: [{ name: 'sea', color: '#0000ff' }] };
  assert.deepEqual(withCard(brought, other, bundled).labelSamples, []);
});

test('a card that says little changes little, and bundled models are as the page has them', () => {
  const { said, ...rest } = withCard(brought, { credits: ['A. Sailor'] }, bundled);
  assert.deepEqual([rest, said], [brought, { credits: ['A. Sailor'] }]);
  assert.equal(withCard(brought, undefined, bundled), brought);
  assert.equal(withCard(bundled[0]!, card, bundled), bundled[0]);
});
