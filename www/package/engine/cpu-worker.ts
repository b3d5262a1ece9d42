/** The script of a worker with the engine of the CPU. Each has its own, so that no worker's script is split, which not all bundlers can do. */
import { engine } from './cpu-engine.js';
import { serve } from './serve.js';

serve(engine);
