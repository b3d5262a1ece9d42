/** The script of a worker with the engine of WebGPU. Each has its own, so that no worker's script is split, which not all bundlers can do. */
import { engine } from './webgpu-engine.js';
import { serve } from './serve.js';

serve(engine);
