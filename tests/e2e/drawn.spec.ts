/**
 * Twelve sketches as a hand draws them (`tests/fixtures/drawn`: strokes, and the colours that would be natural), and
 * what the page's own pen makes of them: NAME.png in black on white, NAME-hints.png with the colours beneath.
 *
 * Models are tried on these pictures. `WRITE_DRAWN=1 npx playwright test --config tests/e2e drawn` draws them anew.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import type * as Drawn from './drawn';
import { expect, test } from './fixtures';
import { root } from './pack';
import { png } from './png';

const folder = join(root, 'tests/fixtures/drawn');
const names = readdirSync(folder).filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -5));

/** The smoothing of edges differs a little from browser to browser. Of 255, over all pixels. */
const MEAN_DIFFERENCE = 0.3;
const SIDE = 256;

/** The code of the page's pen as one script, which puts it into `drawn`. */
async function penScript(): Promise<string> {
  const bundle = await rolldown({ input: join(root, 'tests/e2e/drawn.ts') });
  const { output } = await bundle.generate({ format: 'iife', name: 'drawn' });
  return output[0].code;
}

test('the hand-drawn sketches are what the page’s pen draws of their strokes', async ({ page }) => {
  expect(names).toHaveLength(12);
  await page.addScriptTag({ content: await penScript() });
  const pen = await page.evaluateHandle(() => (window as unknown as { drawn: typeof Drawn }).drawn);
  for (const name of names) {
    const sketch = JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Drawn.SampleFile;
    for (const [suffix, hints] of [['', false], ['-hints', true]] as const) {
      const file = join(folder, `${name}${suffix}.png`);
      const drawn = await pen.evaluate((pen, [sketch, hints]) => pen.draw(sketch, hints), [sketch, hints] as const);
      const pixels = Buffer.from(drawn, 'base64');
      if (process.env['WRITE_DRAWN']) writeFileSync(file, png(SIDE, SIDE, pixels));
      const kept = Buffer.from(await pen.evaluate((pen, file) => pen.read(file), readFileSync(file, 'base64')), 'base64');
      expect(kept.length, file).toBe(pixels.length);
      const apart = pixels.reduce((sum, value, i) => sum + Math.abs(value - kept[i]!), 0) / pixels.length;
      expect(apart, file).toBeLessThan(MEAN_DIFFERENCE);
    }
  }
});
