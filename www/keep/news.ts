/** What one tab of the page keeps, told to the others. */

export interface News {
  /** The models that were taught here are others now. */
  models: null;
  /** The last pictures are others now. */
  pictures: null;
  /** Pairs with these ids were changed, added or removed. */
  pairs: readonly string[];
}

const channel = new BroadcastChannel('pix2pix-web');
// A test's process ends all the same; browsers have no such thing.
(channel as { unref?: () => void }).unref?.();

export function tellTabs<T extends keyof News>(topic: T, news: News[T]): void {
  channel.postMessage({ topic, news });
}

export function onNews<T extends keyof News>(topic: T, hear: (news: News[T]) => void): void {
  channel.addEventListener('message', ({ data }: MessageEvent<{ topic: keyof News; news: News[T] }>) => {
    if (data.topic === topic) hear(data.news);
  });
}
