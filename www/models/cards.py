#!/usr/bin/env python3
"""Writes a model's card, and a picture for it out of the contact sheet beside it, for `pix2pix export --card --thumbnail`.

    pip install pillow
    python3 cards.py NAME CARD.json THUMBNAIL.png

Whom the card names is what the licence file says behind its introduction; its scores are those of NAME.md.
"""

import json
import sys
from pathlib import Path

from PIL import Image

HERE = Path(__file__).resolve().parent
LABELS = json.loads((HERE.parent / 'labels' / 'labels.json').read_text())
# Characters of a line of a card.
LONGEST = 500

BY = {'name': 'CC-BY-3.0', 'url': 'https://creativecommons.org/licenses/by/3.0/legalcode'}
BY_SA = {'name': 'CC-BY-SA-4.0', 'url': 'https://creativecommons.org/licenses/by-sa/4.0/legalcode'}
MIT = {'name': 'MIT', 'url': 'https://opensource.org/license/mit'}
EMOJI = ['Fluent Emoji: © Microsoft Corporation', 'npm package @lobehub/fluent-emoji-3d 1.1.0: © LobeHub']
EMOJI_DATA = '1,726 renders of Fluent Emoji with sketches by edge detection; 145 held out'


def named(licence: str, first: str) -> list[str]:
    """The lines of a licence file from `first` on; what is indented goes on."""
    text = (HERE / f'LICENSE-{licence}.txt').read_text()
    lines = []
    for line in text[text.index(first) :].splitlines():
        if line.startswith('    '):
            lines[-1] += ' ' + line.strip()
        elif line.strip():
            lines.append(line.strip())
    return ['pix2pix-web', *(part for line in lines for part in parts(line))]


def parts(line: str) -> list[str]:
    """A line as lines that a card holds."""
    if len(line) <= LONGEST:
        return [line]
    at = line.rindex(' ', 0, LONGEST)
    return [line[:at], *parts(line[at + 1 :])]


def classes(labels: str) -> list[dict]:
    return [{'name': name, 'color': color} for name, color in LABELS[labels].items()]


def sketches(title: str, steps: int, l1: list[float], ssim: list[float], **card) -> dict:
    scores = {'L1': l1[0], 'L1, 10 hints': l1[1], 'SSIM': ssim[0], 'SSIM, 10 hints': ssim[1]}
    return {'title': title, 'steps': steps, 'scores': scores, **card}


def emoji(title: str, *scores) -> dict:
    return sketches(title, *scores, licence=MIT, credits=EMOJI, data=EMOJI_DATA)


def card(name: str) -> dict:
    match name:
        case 'edges2photo-ngf32':
            data = (
                "575 path-traced renderings of the 3D models of Debian's sweethome3d-furniture 1.8, with line drawings of their "
                'geometry; 72 of other models held out'
            )
            credits = [*EMOJI, *named('edges2photo', 'BlendSwap-CC-0:')]
            return sketches(
                'Sketch to photo', 8000, [0.0818, 0.0501], [0.774, 0.815], licence=BY, credits=credits, data=data
            )
        case 'edges2emoji-ngf32':
            return emoji('Sketch to emoji', 6500, [0.1084, 0.0450], [0.751, 0.835])
        case 'edges2emoji-ngf16':
            return emoji('Sketch to emoji, small', 4000, [0.1131, 0.0500], [0.731, 0.818])
        case 'labels2front-ngf32' | 'labels2room-ngf32':
            front = name == 'labels2front-ngf32'
            what = ['330 path-traced house fronts', '30'] if front else ['264 path-traced rooms', '25']
            l1, ssim = (0.0592, 0.671) if front else (0.1046, 0.606)
            return {
                'title': 'Labels to house front' if front else 'Labels to room',
                'licence': BY,
                'credits': named(name.split('-')[0], 'BlendSwap-CC-0:'),
                'data': f"{what[0]} with 3D models of Debian's sweethome3d-furniture 1.8; {what[1]} held out",
                'steps': 3000,
                'scores': {'L1': l1, 'SSIM': ssim},
                'classes': classes('fronts' if front else 'rooms'),
            }
        case 'colorize-ngf32':
            return {
                'title': 'Colour a photo',
                'licence': BY_SA,
                'credits': named('colorize', 'endless-sky-data 0.9.8'),
                'data': '430 photographs of packages of Debian 12, in 1,510 squares; 45 held out',
                'steps': 5187,
                'scores': {'CIE76': 14.58, 'CIEDE2000': 10.64, 'colourful': 25.0},
            }
    sys.exit(f'cards.py knows no {name}')


# Of which sheet, and where: a picture that the model made.
SHOWN = {
    'edges2photo-ngf32': ('edges2photo-ngf32-drawn.jpg', (800, 640, 960, 800)),
    'edges2emoji-ngf32': ('edges2emoji-ngf32-drawn.jpg', (800, 640, 960, 800)),
    'edges2emoji-ngf16': ('edges2emoji-ngf16-drawn.jpg', (800, 640, 960, 800)),
    'labels2front-ngf32': ('labels2front-ngf32.jpg', (645, 162, 802, 319)),
    'labels2room-ngf32': ('labels2room-ngf32.jpg', (178, 1, 352, 175)),
    'colorize-ngf32': ('colorize-ngf32.jpg', (128, 0, 256, 128)),
}


def main() -> None:
    name, card_file, thumbnail = sys.argv[1:]
    Path(card_file).write_text(json.dumps(card(name), ensure_ascii=False) + '\n')
    sheet, box = SHOWN[name]
    Image.open(HERE / sheet).crop(box).save(thumbnail)


if __name__ == '__main__':
    main()
