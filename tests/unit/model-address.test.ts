import assert from 'node:assert/strict';
import { test } from 'node:test';
import { addressIn, fileNameOf, modelAsked } from '../../www/shell/model-address';
import type { Model } from '../../www/models/models';

const at = (search: string, href = 'https://page.example/app/') => ({ search, href: href + search });
const asked = (model: string) => at(`?model=${encodeURIComponent(model)}`);

test('an address is absolute or the page’s own, and nothing but http is fetched', () => {
  assert.equal(addressIn(at('')), undefined);
  assert.equal(addressIn(at('?model=')), undefined);
  assert.equal(String(addressIn(asked('https://other.example/a.pict?b=c#d'))), 'https://other.example/a.pict?b=c#d');
  assert.equal(String(addressIn(asked('models/mine.pict'))), 'https://page.example/app/models/mine.pict');
  for (const none of ['javascript:alert(1)', 'data:text/plain,x', 'file:///etc/passwd', 'blob:https://page.example/1', 'https://']) assert.equal(addressIn(asked(none)), none);
});

test('a model of the list is known by its id and by its address, others are not', () => {
  const models = [{ id: 'emoji', source: './models/emoji.pict' }, { id: 'own', source: new Blob() }] as unknown as Model[];
  const found = (model: string) => modelAsked(asked(model), models)?.id;
  assert.deepEqual(['emoji', 'models/emoji.pict', 'https://page.example/app/models/emoji.pict', 'https://other.example/models/emoji.pict', 'other'].map(found), ['emoji', 'emoji', 'emoji', undefined, undefined]);
  assert.equal(modelAsked(at(''), models), undefined);
});

test('a file is named as people read it', () => {
  assert.deepEqual(['https://a.b/c/my%20model.pict?x=1', 'https://a.b/', 'https://a.b/%E0%A4%A'].map(fileNameOf), ['my model.pict', 'model', '%E0%A4%A']);
});
