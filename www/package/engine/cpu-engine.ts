/** The engine of the CPU. */
import * as bindings from '../../../pkg/cpu.js';
import { engineWith } from './engine.js';

export const engine = engineWith(bindings);
