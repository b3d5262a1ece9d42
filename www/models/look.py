#!/usr/bin/env python3
"""What an eye sees of a model and L1 does not: its pictures of the drawn sketches on one sheet, and figures of them.

    pip install numpy pillow scipy
    python3 look.py SHEET.png MODEL [--spread-hints] [--before MODEL]
    python3 look.py SHEET.png MODEL --pairs DIR

The sketches are those of tests/fixtures/drawn: lines alone, and with colour hints. The sheet has two blocks; each row of a block has a
sketch, what the model before makes of it (--before), what the model makes of it, what it makes of it with colours by a seed (--colors 8),
the sketch with hints, and what both make of that. With --pairs they are those of the left halves of held-out pairs, as maps of labels; a row
then has the map, what the model makes of it, and the right half, whose figures stand beside. The whole picture is the thing there.
The figures, means over the pictures:

colour     how colourful the thing is (Hasler and Suesstrunk 2003): 0 is grey, 60 and more vivid
light      mean lightness of the thing, 0 to 1
grid N     what repeats every N pixels, of 255: the deviation of the mean by position modulo N of what a blur takes away
steps      how much larger brightness steps are at the worst position modulo 8 than on average, of 255: blocks
hints      how far the picture under a hint is from the picture beside it, of 255: whether the stroke itself is seen
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

DRAWN = Path(__file__).resolve().parents[2] / 'tests' / 'fixtures' / 'drawn'
SIDE = 160
LUMA = np.array([0.299, 0.587, 0.114])
# A step or a deviation of more than this is an edge of the thing.
EDGE = 24
HEAD = '| | colour | light | grid 2 / 4 / 8 / 16 | steps | hints |\n| --- | --- | --- | --- | --- | --- |'


def translate(model: str, sketches: Path, options: list[str], into: Path) -> dict[str, Image.Image]:
    command = ['pix2pix', 'translate', '-q', '--model', model, '--device', 'cpu', '--force', *options]
    subprocess.run([*command, str(sketches), str(into)], check=True)
    return {path.stem: Image.open(path).convert('RGB') for path in sorted(into.glob('*.png'))}


def thing_of(picture: np.ndarray) -> np.ndarray:
    """The pixels that are not paper, without the rim."""
    return ndimage.binary_erosion(ndimage.binary_opening(picture.min(axis=2) < 235), iterations=3)


def colour(picture: np.ndarray, thing: np.ndarray) -> float:
    red, green, blue = picture[thing].T
    first, second = red - green, (red + green) / 2 - blue
    return float(np.hypot(first.std(), second.std()) + 0.3 * np.hypot(first.mean(), second.mean()))


def deviation(values: np.ndarray, places: np.ndarray) -> float:
    """The standard deviation of the means by place, less what chance alone would make of it."""
    counts = np.bincount(places)
    if counts.min() < 30:
        return 0.0
    means = np.bincount(places, values) / counts
    return float(np.sqrt(max(means.var() - values.var() / counts.mean(), 0.0)))


def grid(light: np.ndarray, thing: np.ndarray, period: int) -> float:
    detail = light - ndimage.uniform_filter(light, 2 * period + 1)
    inside = thing & (np.abs(detail) < 40)
    rows, columns = np.indices(light.shape) % period
    places = [rows * period + columns] if period <= 4 else [rows, columns]
    return max(deviation(detail[inside], place[inside]) for place in places)


def steps(light: np.ndarray, thing: np.ndarray) -> float:
    worst = 0.0
    for values, inside in ((light, thing), (light.T, thing.T)):
        step = np.abs(np.diff(values, axis=0))
        flat = inside[1:] & inside[:-1] & (step < EDGE)
        means = [step[place::8][flat[place::8]] for place in range(8)]
        if min(map(len, means)) >= 50:
            means = np.array([values.mean() for values in means])
            worst = max(worst, float(means.max() - means.mean()))
    return worst


def hint_seen(picture: np.ndarray, sketch: np.ndarray) -> list[float]:
    stroke = np.ptp(sketch, axis=2) > 40
    line = ndimage.binary_dilation(sketch.max(axis=2) < 90, iterations=2)
    found = []
    parts, count = ndimage.label(stroke)
    for part in range(1, count + 1):
        inside = parts == part
        near = ndimage.binary_dilation(inside, iterations=2)
        ring = ndimage.binary_dilation(near, iterations=4) & ~near & ~line & ~stroke
        inside &= ~line
        if min(inside.sum(), ring.sum()) >= 30:
            found.append(float(np.abs(picture[inside].mean(axis=0) - picture[ring].mean(axis=0)).mean()))
    return found


def figures(pictures: dict[str, Image.Image], sketches: dict[str, Image.Image] | None = None) -> str:
    """Of things on white, drawn as `sketches`; without these, of whole pictures."""
    rows, seen = [], []
    for name, picture in pictures.items():
        picture = np.asarray(picture, np.float64)
        light = picture @ LUMA
        thing = thing_of(picture) if sketches else np.ones(light.shape, bool)
        if thing.sum() < 400:
            continue
        grids = [grid(light, thing, period) for period in (2, 4, 8, 16)]
        rows.append([colour(picture, thing), light[thing].mean() / 255, *grids, steps(light, thing)])
        if sketches:
            seen += hint_seen(picture, np.asarray(sketches[name], np.float64))
    means = np.mean(rows, axis=0)
    shown = f'{np.mean(seen):.1f}' if seen else ''
    return '| {:.1f} | {:.2f} | {:.2f} / {:.2f} / {:.2f} / {:.2f} | {:.2f} | {} |'.format(*means, shown)


def paste(columns: list[dict[str, Image.Image]], into: Path) -> None:
    names = list(columns[0])
    half = (len(names) + 1) // 2  # two blocks side by side
    sheet = Image.new('RGB', (2 * SIDE * len(columns), SIDE * half), 'white')
    for x, column in enumerate(columns):
        for i, name in enumerate(names):
            at = (SIDE * (x + i // half * len(columns)), SIDE * (i % half))
            sheet.paste(column[name].resize((SIDE, SIDE), Image.LANCZOS), at)
    sheet.save(into, quality=88)


def of_pairs(pairs: Path, model: str, sheet: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        maps, targets = {}, {}
        (folder / 'maps').mkdir()
        for file in sorted(pairs.glob('*.png')):
            pair = Image.open(file).convert('RGB')
            middle, height = pair.width // 2, pair.height
            maps[file.stem], targets[file.stem] = pair.crop((0, 0, middle, height)), pair.crop((middle, 0, 2 * middle, height))
            maps[file.stem].save(folder / 'maps' / file.name)
        if not maps:
            raise SystemExit(f'{pairs} has no pairs: PNG files, A left and B right')
        pictures = translate(model, folder / 'maps', [], folder / 'pictures')
    print(HEAD)
    print(f'| this model {figures(pictures)}')
    print(f'| targets {figures(targets)}')
    paste([maps, pictures, targets], sheet)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('sheet', type=Path)
    parser.add_argument('model')
    parser.add_argument('--before', help='another model, to compare with, that learned from such hints too')
    parser.add_argument('--spread-hints', action='store_true', help='the model learned from hints that fill their regions')
    parser.add_argument('--pairs', type=Path, metavar='DIR', help='held-out pairs, PNG files with A left and B right, in place of the drawn sketches')
    arguments = parser.parse_args()
    if arguments.pairs:
        return of_pairs(arguments.pairs, arguments.model, arguments.sheet)
    spread = ['--spread-hints'] if arguments.spread_hints else []

    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        sketches = {}
        for kind in ('plain', 'hinted'):
            (folder / kind).mkdir()
            files = sorted(DRAWN.glob('*.png'))
            files = [file for file in files if file.stem.endswith('-hints') == (kind == 'hinted')]
            for file in files:
                picture = Image.open(file).convert('RGB')
                picture.save(folder / kind / (file.stem.removesuffix('-hints') + '.png'))
            sketches[kind] = {path.stem: Image.open(path).convert('RGB') for path in sorted((folder / kind).glob('*.png'))}
        runs = [('plain', arguments.model, spread, 'lines alone')]
        runs.append(('plain', arguments.model, [*spread, '--colors', '8'], 'colours by a seed'))
        runs.append(('hinted', arguments.model, spread, 'with hints'))
        if arguments.before:
            runs.insert(0, ('plain', arguments.before, spread, 'before, lines alone'))
            runs.insert(3, ('hinted', arguments.before, spread, 'before, with hints'))
        columns, last = [], None
        print(HEAD)
        for i, (kind, model, options, name) in enumerate(runs):
            if kind != last:
                columns.append(sketches[kind])
            last = kind
            pictures = translate(model, folder / kind, options, folder / str(i))
            columns.append(pictures)
            print(f'| {name} {figures(pictures, sketches[kind])}')
        paste(columns, arguments.sheet)


if __name__ == '__main__':
    main()
