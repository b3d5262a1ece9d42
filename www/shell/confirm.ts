/** A question before something is lost for good. */
import { button, element } from './page';

/** Resolves with true where the visitor says yes; Escape and Cancel say no. */
export function confirmed(question: string, yes: string): Promise<boolean> {
  const dialog = element('confirm', HTMLDialogElement);
  element('confirm-question', HTMLElement).textContent = question;
  button('confirm-yes').textContent = yes;
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}
