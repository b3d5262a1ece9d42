/** Where the page begins: first its language, then all the rest. */
import { takeUpLanguage } from './words/take-up';

void takeUpLanguage().then(() => import('./main'));
