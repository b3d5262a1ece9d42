/** The script of a worker with the engine of WebGPU. Each has its own, so that no worker's script is split, which not all bundlers can do. */
import { serve } from './serve.js';
import { engine } from './webgpu-engine.js';

serve(engine);
