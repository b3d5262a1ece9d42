/** The state of the page, and how it comes into the page: whatever changes it says so here. */
import { controlsOf, dataOf, type PageState, START } from './page-state';

let current = START;

export const pageState = (): PageState => current;

export function update(change: Partial<PageState>): void {
  current = { ...current, ...change };
  render(current);
}

/** What belongs to a tab that was not opened yet is not there. */
function render(state: PageState): void {
  for (const [name, value] of Object.entries(dataOf(state))) {
    if (value === undefined) delete document.body.dataset[name];
    else document.body.dataset[name] = value;
  }
  for (const { selector, disabled, hidden } of controlsOf(state)) {
    for (const control of document.querySelectorAll<HTMLButtonElement | HTMLFieldSetElement>(selector)) {
      if (disabled !== undefined) control.disabled = disabled;
      if (hidden !== undefined) control.hidden = hidden;
    }
  }
}
