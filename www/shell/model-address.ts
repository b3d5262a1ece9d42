/** `?model=…`: the page opens the model with this id, or from this address. */
import type { Model } from '../models/models';

export const ADDRESS_PARAMETER = 'model';

/** The address that is asked for; a text where it is none that a page may fetch from; undefined where nothing is asked for. */
export function addressIn({ href, search }: Pick<Location, 'href' | 'search'>): URL | string | undefined {
  const asked = new URLSearchParams(search).get(ADDRESS_PARAMETER);
  if (asked === null || asked === '') return undefined;
  const url = URL.canParse(asked, href) ? new URL(asked, href) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) ? url : asked;
}

/** The model that is asked for by its id, or by the address of its file. */
export function modelAsked(location: Pick<Location, 'href' | 'search'>, models: readonly Model[]): Model | undefined {
  const asked = new URLSearchParams(location.search).get(ADDRESS_PARAMETER);
  const address = addressIn(location);
  const isAt = ({ source }: Model): boolean => typeof source === 'string' && address instanceof URL && new URL(source, location.href).href === address.href;
  return models.find((model) => model.id === asked || isAt(model));
}

/** The last part of its path, as people read it. */
export function fileNameOf(address: string): string {
  const name = new URL(address).pathname.split('/').at(-1) ?? '';
  try {
    return decodeURIComponent(name) || 'model';
  } catch {
    return name;
  }
}
