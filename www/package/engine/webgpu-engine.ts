/** The engine of WebGPU, which has the CPU too. */
import * as bindings from '../../../pkg/webgpu.js';
import { engineWith } from './engine.js';

export const engine = engineWith(bindings);
