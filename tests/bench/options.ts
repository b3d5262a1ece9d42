/** The command line. */
import { parseArgs } from 'node:util';
import type { Device, Peer } from './contenders';
import type { Soak } from './scale';

export interface Options {
  readonly ngf: readonly number[];
  readonly runs: number;
  readonly steps: number;
  /** Where they are left open: the CPU, and WebGPU where the machine has a GPU. */
  readonly devices: readonly Device[] | undefined;
  readonly peers: readonly Peer[];
  readonly json: string | undefined;
  readonly readme: boolean;
  readonly scale: boolean;
  readonly soak: Soak;
}

export const USAGE = `npm run bench -- [options]
  --ngf 16,32,64         widths of the generator
  --runs 9               translations of each behind the first
  --steps 3              training steps of each behind the first; 0: no training
  --devices cpu,webgpu   default: the CPU, and WebGPU where there is a hardware adapter; a software one must be asked for
  --peers ort,tfjs       what to compare with: onnxruntime-web, TensorFlow.js, or none
  --json FILE            writes all figures
  --readme               writes the table into README.md
  --scale                the package alone: its time and memory by width, size and batch, and in long use
  --soak 1000,200        how many translations and training steps long use is; 0 leaves one out`;

/** @throws Error with what is wrong. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      ngf: { type: 'string', default: '16,32,64' },
      runs: { type: 'string', default: '9' },
      steps: { type: 'string', default: '3' },
      devices: { type: 'string' },
      peers: { type: 'string', default: 'ort,tfjs' },
      json: { type: 'string' },
      readme: { type: 'boolean', default: false },
      scale: { type: 'boolean', default: false },
      soak: { type: 'string', default: '1000,200' },
    },
  });
  if (values.scale && values.readme) throw new Error('--readme: the README has the comparison, which --scale leaves out');
  const [translations = '', steps = ''] = list(values.soak);
  return {
    ngf: list(values.ngf).map((width) => count('ngf', width, 1)),
    runs: count('runs', values.runs, 1),
    steps: count('steps', values.steps, 0),
    devices: values.devices === undefined ? undefined : chosen('devices', values.devices, ['cpu', 'webgpu']),
    peers: values.peers === 'none' ? [] : chosen('peers', values.peers, ['ort', 'tfjs']),
    json: values.json,
    readme: values.readme,
    scale: values.scale,
    soak: { translations: count('soak', translations, 0), steps: count('soak', steps, 0) },
  };
}

function list(text: string): string[] {
  return text.split(',').map((word) => word.trim());
}

function chosen<T extends string>(option: string, text: string, known: readonly T[]): T[] {
  const words = list(text);
  const unknown = words.find((word) => !known.some((name) => name === word));
  if (unknown !== undefined) throw new Error(`--${option}: ${unknown || 'nothing'} is not one of ${known.join(', ')}`);
  return known.filter((name) => words.includes(name));
}

function count(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least) throw new Error(`--${option}: ${text || 'nothing'} is not a whole number of ${least} or more`);
  return value;
}
