/** Installs what is compared with, when it is compared: half a gigabyte that `npm ci` does without. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { FOLDER } from './site';

const SOURCE = 'tests/bench/peers';

/** Versions by name. */
export function installPeers(): Record<string, string> {
  const lock = readFileSync(join(SOURCE, 'package-lock.json'), 'utf8');
  const installed = join(FOLDER, 'package-lock.json');
  if (!existsSync(join(FOLDER, 'node_modules/.package-lock.json')) || readFileSync(installed, 'utf8') !== lock) {
    mkdirSync(FOLDER, { recursive: true });
    for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(SOURCE, file), join(FOLDER, file));
    console.log(`Installing onnxruntime-web and TensorFlow.js into ${FOLDER}`);
    execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: FOLDER, stdio: 'inherit' });
  }
  const { dependencies } = JSON.parse(readFileSync(join(SOURCE, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  return dependencies;
}
