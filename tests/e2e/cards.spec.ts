/** What a visitor's own file says of its model: in the list of models, and as the labels to paint with. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ready } from './drawing';
import { expect, test } from './fixtures';
import { smallModel } from './kept-models';
import { commandLine, root } from './pack';

const dist = join(root, 'dist');

const card = {
  title: 'Fronts of <b>my</b> street',
  licence: { name: 'CC-BY-4.0', url: 'https://creativecommons.org/licenses/by/4.0/' },
  credits: ['Photographs: A. <i>Walker</i>'],
  data: '300 photographs',
  scores: { L1: 0.25 },
  classes: [{ name: 'air', color: '#66ccff' }, { name: 'wall', color: '#ffdd55' }, { name: 'gate', color: '#804000' }],
  madeFrom: [{ title: 'Streets', licence: { name: 'MIT' }, credits: ['B. Walker'] }],
};

test('a file with a card gets its name, its licence, its credits and its labels', async ({ page, serve }, info) => {
  const [json, file] = [info.outputPath('card.json'), info.outputPath('fronts.safetensors')];
  writeFileSync(json, JSON.stringify(card));
  execFileSync(commandLine, ['convert', smallModel, file, '--generator-only', '--card', json, '--thumbnail', join(dist, 'icon-192.png')]);
  await page.goto((await serve(dist)).url);
  await ready(page);
  await page.setInputFiles('#file', file);

  const row = page.locator('.model', { has: page.locator('[data-model=own]') });
  await expect(row.locator('strong')).toHaveText(card.title);
  await expect(row).toContainText('fronts.safetensors, your own file');
  await expect(row.getByRole('link', { name: 'CC-BY-4.0' })).toHaveAttribute('href', card.licence.url);
  await expect(row.getByText('Made from Streets, licence: MIT')).toBeVisible();
  await expect(row.getByRole('img')).toHaveJSProperty('naturalWidth', 192);
  await row.getByText('Credits, data and scores').click();
  for (const line of ['Photographs: A. <i>Walker</i>', 'B. Walker', '300 photographs', 'Scores: L1 0.25']) {
    await expect(row.getByText(line, { exact: true })).toBeVisible();
  }
  await expect(row.locator('i, b')).toHaveCount(0);

  const labels = page.getByRole('radiogroup', { name: 'Label to paint with' });
  await expect(labels.getByRole('radio')).toHaveCount(3);
  await expect(labels.getByRole('radio', { name: 'gate' })).toBeVisible();
  await expect(page.locator('#map')).toBeVisible();
});
