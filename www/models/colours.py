#!/usr/bin/env python3
"""How near a model's colours come to those of held-out photographs, and a sheet of them: grey | the model's | the photograph.

    pip install numpy pillow scikit-image
    python3 colours.py SHEET.jpg MODEL PHOTOGRAPHS

PHOTOGRAPHS is what photographs.py made: the photographs of val/ are coloured, and the mean colour is that of train/. Beside
the model stand the photographs without colours, in the one mean colour, and as they are. The figures are means over the
photographs:

CIE76, CIEDE2000   the colour difference of a pixel to the photograph's, of scikit-image
colourful          how colourful it is (Hasler and Suesstrunk 2003): 0 is grey, 15 slightly, 33 moderately, 59 and more highly
"""

import argparse
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from skimage import color

SIDE = 128
PER_ROW = 4
SHOWN = 24


def read(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path).convert('RGB'))


def colorize(model: str, photographs: list[Path], into: Path) -> list[np.ndarray]:
    command = ['pix2pix', 'colorize', '-q', '--model', model, '--device', 'cpu', '--output', str(into)]
    subprocess.run([*command, *map(str, photographs)], check=True)
    return [read(into / f'{path.stem}.png') for path in photographs]


def in_colour(lab: np.ndarray, chroma: np.ndarray) -> np.ndarray:
    """The picture of the lightness of `lab`, in one colour: its a and b."""
    one = np.concatenate([lab[..., :1], np.broadcast_to(chroma, (*lab.shape[:2], 2))], axis=2)
    return (color.lab2rgb(one).clip(0, 1) * 255).round().astype(np.uint8)


def colourfulness(picture: np.ndarray) -> float:
    red, green, blue = picture.reshape(-1, 3).astype(float).T
    first, second = red - green, (red + green) / 2 - blue
    return float(np.hypot(first.std(), second.std()) + 0.3 * np.hypot(first.mean(), second.mean()))


def figures(pictures: list[np.ndarray], targets: list[np.ndarray]) -> str:
    rows = []
    for picture, target in zip(pictures, targets):
        pair = color.rgb2lab(picture), color.rgb2lab(target)
        differences = [of(*pair).mean() for of in (color.deltaE_cie76, color.deltaE_ciede2000)]
        rows.append([*differences, colourfulness(picture)])
    return '| {:.2f} | {:.2f} | {:.1f} |'.format(*np.mean(rows, axis=0))


def sheet(columns: list[list[np.ndarray]]) -> Image.Image:
    places = np.linspace(0, len(columns[0]) - 1, min(SHOWN, len(columns[0]))).round().astype(int)
    rows = -(-len(places) // PER_ROW)
    picture = Image.new('RGB', (SIDE * PER_ROW * len(columns), SIDE * rows), 'white')
    for i, place in enumerate(places):
        for x, column in enumerate(columns):
            small = Image.fromarray(column[place]).resize((SIDE, SIDE), Image.LANCZOS)
            picture.paste(small, (SIDE * (i % PER_ROW * len(columns) + x), SIDE * (i // PER_ROW)))
    return picture


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('sheet', type=Path)
    parser.add_argument('model')
    parser.add_argument('photographs', type=Path)
    arguments = parser.parse_args()

    held_out = sorted((arguments.photographs / 'val').glob('*.jpg'))
    targets = [read(path) for path in held_out]
    labs = [color.rgb2lab(target) for target in targets]
    seen = [color.rgb2lab(read(path))[..., 1:].mean(axis=(0, 1)) for path in (arguments.photographs / 'train').glob('*.jpg')]
    with tempfile.TemporaryDirectory() as folder:
        coloured = colorize(arguments.model, held_out, Path(folder))
    grey = [in_colour(lab, np.zeros(2)) for lab in labs]
    mean = [in_colour(lab, np.mean(seen, axis=0)) for lab in labs]

    print('| | CIE76 | CIEDE2000 | colourful |\n| --- | --- | --- | --- |')
    for name, pictures in (('grey', grey), ('mean colour', mean), ('this model', coloured), ('photographs', targets)):
        print(f'| {name} {figures(pictures, targets)}')
    sheet([grey, coloured, targets]).save(arguments.sheet, quality=85)


if __name__ == '__main__':
    main()
