/** The tabs at the top. The address says which is open, so that it survives a reload and Back leads back. */
import { button, element } from './page';
import type { Tab } from './page-state';
import { update } from './render';

const TABS: readonly Tab[] = ['draw', 'teach', 'colorize'];

export class Tabs {
  readonly #onShow: (tab: Tab) => void;
  #current: Tab | undefined;

  constructor(onShow: (tab: Tab) => void) {
    this.#onShow = onShow;
    for (const tab of TABS) {
      const handle = button(`tab-${tab}`);
      handle.addEventListener('click', () => this.open(tab));
      handle.addEventListener('keydown', (event) => this.#key(event, tab));
    }
    window.addEventListener('popstate', () => this.#show(tabOfAddress()));
  }

  get current(): Tab {
    return this.#current ?? 'draw';
  }

  /** Shows the tab that the address names. */
  start(): void {
    this.#show(tabOfAddress());
  }

  open(tab: Tab): void {
    if (tab === this.#current) return;
    history.pushState(null, '', tab === 'draw' ? location.pathname + location.search : `#${tab}`);
    this.#show(tab);
  }

  #show(tab: Tab): void {
    if (tab === this.#current) return;
    this.#current = tab;
    update({ tab });
    for (const each of TABS) {
      const handle = button(`tab-${each}`);
      handle.setAttribute('aria-selected', String(each === tab));
      // One stop for the Tab key; the arrows move between the tabs.
      handle.tabIndex = each === tab ? 0 : -1;
      element(`panel-${each}`, HTMLElement).hidden = each !== tab;
    }
    this.#onShow(tab);
  }

  #key(event: KeyboardEvent, from: Tab): void {
    const last = TABS.length - 1;
    const at = TABS.indexOf(from);
    const targets: Record<string, number> = {
      ArrowRight: at === last ? 0 : at + 1,
      ArrowLeft: at === 0 ? last : at - 1,
      Home: 0,
      End: last,
    };
    const tab = TABS[targets[event.key] ?? -1];
    if (tab === undefined) return;
    event.preventDefault();
    this.open(tab);
    button(`tab-${tab}`).focus();
  }
}

function tabOfAddress(): Tab {
  return TABS.find((tab) => location.hash === `#${tab}`) ?? 'draw';
}
