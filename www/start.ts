/** Where the page begins: first its language, then all the rest. */
import { words } from './words/current';
import { takeUpLanguage } from './shell/language';

takeUpLanguage()
  .then(() => import('./main'))
  .catch((error: unknown) => {
    // Nothing of the page runs yet that could say it.
    console.error(error);
    document.body.dataset['state'] = 'failed';
    document.getElementById('alert-text')!.textContent = words.page.notFetched;
    document.getElementById('alert')!.hidden = false;
  });
