/** What the page itself says went wrong, in the visitor's language; what the package says is English. */
import { Pix2PixError } from './package/client';

export class PageError extends Pix2PixError {}
