/** What tests install for themselves: the bundlers, and a package with stand-ins for its engines, in a folder where both are found. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import configs from '../../rolldown.config';
import { writeStubs } from './stub';

export const FOLDER = 'target/bundlers';
export const PACKAGE = join(FOLDER, 'node_modules/pix2pix-web');

/** Installs what the lock file in `source` names into `folder`, unless it is there. */
export function installTools(source = 'tests/bundlers', folder = FOLDER): void {
  const lock = readFileSync(join(source, 'package-lock.json'), 'utf8');
  const installed = join(folder, 'package-lock.json');
  if (existsSync(join(folder, 'node_modules/.package-lock.json')) && readFileSync(installed, 'utf8') === lock) return;
  mkdirSync(folder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(source, file), join(folder, file));
  execFileSync('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
}

/** The JavaScript of the package as it is built for the registry, over the stand-ins. */
export async function buildPackage(): Promise<void> {
  rmSync(PACKAGE, { recursive: true, force: true });
  const pkg = join(PACKAGE, 'pkg');
  mkdirSync(pkg, { recursive: true });
  cpSync('package.json', join(PACKAGE, 'package.json'));
  writeStubs(pkg);
  for (const { output, ...input } of configs) {
    const build = await rolldown(input);
    await build.write({ ...output, dir: pkg });
    await build.close();
  }
}
