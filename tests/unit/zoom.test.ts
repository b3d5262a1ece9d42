import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Zoom } from '../../www/package/drawing/zoom';
import { standIn } from './tools';

standIn({ WheelEvent: { DOM_DELTA_PIXEL: 0 } });

/** A box of 400 pixels, 100 from the left and 50 from the top; its canvas is where its transformation puts it. */
class Frame extends EventTarget {
  readonly style = { transform: '', transformOrigin: '' };
  getBoundingClientRect = () => {
    const [, x, y, scale] = /^translate\((.*)%, (.*)%\) scale\((.*)\)$/.exec(this.style.transform)?.map(Number) ?? [0, 0, 0, 1];
    return { left: 100 + 4 * x!, top: 50 + 4 * y!, width: 400 * scale!, height: 400 * scale! };
  };
}

function zoomed() {
  const [canvas, photo] = [new Frame(), new Frame()];
  const zoom = new Zoom(canvas as unknown as HTMLElement, [photo as unknown as HTMLElement]);
  /** The part of the sheet that is under a place in the window. */
  const under = (x: number, y: number) => {
    const { left, top, width } = canvas.getBoundingClientRect();
    return [(x - left) / width, (y - top) / width].map((part) => Math.round(part * 1e6) / 1e6);
  };
  const wheel = (more: Record<string, unknown>) => {
    const event = new Event('wheel', { cancelable: true });
    for (const [name, value] of Object.entries({ clientX: 300, clientY: 250, deltaX: 0, deltaY: 0, deltaMode: 0, ctrlKey: false, metaKey: false, ...more })) {
      Object.defineProperty(event, name, { value });
    }
    canvas.dispatchEvent(event);
    return event.defaultPrevented;
  };
  return { zoom, canvas, photo, under, wheel };
}

test('what is between two fingers stays between them', () => {
  const { zoom, under, photo, canvas } = zoomed();
  const before = under(220, 130);
  zoom.move({ x: 220, y: 130 }, { x: 200, y: 140 }, 2);
  assert.equal(zoom.scale, 2);
  assert.deepEqual(under(200, 140), before);
  assert.equal(photo.style.transform, canvas.style.transform, 'what lies beneath is seen as close');
  const again = under(350, 300);
  zoom.move({ x: 350, y: 300 }, { x: 330, y: 310 }, 1.5);
  assert.deepEqual([zoom.scale, under(330, 310)], [3, again]);
});

test('no more than the sheet is seen, from its whole to an eighth of a side', () => {
  const { zoom, under } = zoomed();
  zoom.move({ x: 100, y: 50 }, { x: 500, y: 450 }, 2);
  assert.deepEqual(under(100, 50), [0, 0], 'its corner does not leave the box’s');
  zoom.move({ x: 300, y: 250 }, { x: -900, y: -900 }, 1);
  assert.deepEqual(under(500, 450), [1, 1]);
  zoom.move({ x: 300, y: 250 }, { x: 300, y: 250 }, 100);
  assert.equal(zoom.scale, 8);
  zoom.move({ x: 300, y: 250 }, { x: 300, y: 250 }, 0.001);
  assert.deepEqual([zoom.scale, under(100, 50), under(500, 450)], [1, [0, 0], [1, 1]]);
});

test('it tells of what changed alone', () => {
  const { zoom } = zoomed();
  let changes = 0;
  zoom.addEventListener('change', () => (changes += 1));
  zoom.fit();
  assert.equal(changes, 0);
  zoom.step(true);
  zoom.step(false);
  zoom.step(false);
  assert.deepEqual([changes, zoom.scale], [2, 1]);
});

test('the wheel is the page’s until it zooms, moves a zoomed sheet, and is the page’s again at its edge', () => {
  const { zoom, wheel, under } = zoomed();
  assert.deepEqual([wheel({ deltaY: 100 }), zoom.scale], [false, 1]);
  const before = under(300, 250);
  assert.equal(wheel({ deltaY: -200, ctrlKey: true }), true);
  assert.deepEqual([zoom.scale, under(300, 250)], [2, before]);
  assert.equal(wheel({ deltaY: 40 }), true);
  assert.deepEqual(under(300, 250), [0.5, 0.55]);
  assert.equal(wheel({ deltaY: 1, deltaMode: 1 }), true, 'lines');
  assert.deepEqual(under(300, 250), [0.5, 0.57]);
  wheel({ deltaY: 4000 });
  assert.equal(wheel({ deltaY: 4000 }), false);
  assert.equal(wheel({ deltaY: 4000, metaKey: true }), true, 'the browser must not zoom the page');
});
