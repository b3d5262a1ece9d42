#!/usr/bin/env python3
"""Gathers free colour photographs out of packages of Debian 12: squares to learn colours from.

    pip install numpy pillow
    python3 photographs.py packages photographs

Needs Debian: apt-get download fetches the packages into the first folder, dpkg-deb unpacks them; what lies there is not
fetched again. The second folder gets train/PACKAGE_PHOTOGRAPH-SQUARE.jpg, several squares of each photograph; val/, the
middle square of each that is held out; and CREDITS.txt, which says file, author, licence and source of all.

Taken is what may go into a work under CC BY-SA 4.0: the public domain, CC0, CC BY and CC BY-SA 2.0 to 4.0. Weights that
learn from it are published under CC BY-SA 4.0, with the credits. Photographs under the GPL or the GFDL are left out, and so
are those of unknown licence. The licence is that of the package's copyright file; for gcompris-qt-data that of the README
beside the picture, because its copyright file still tells of pictures that were replaced.
"""

import argparse
import fnmatch
import hashlib
import re
import struct
import subprocess
import sys
import textwrap
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

# By package: its version; where its pictures lie; their folder in the source package, which the copyright file names.
PACKAGES = {
    'endless-sky-data': ('0.9.8-1.2', 'usr/share/games/endless-sky/images', 'images'),
    'gcompris-qt-data': ('3.1-2', 'usr/share/gcompris-qt/rcc', None),
    'lomiri-wallpapers-16.04': ('20.04.0-2', 'usr/share/backgrounds', '16.04'),
    'lomiri-wallpapers-20.04': ('20.04.0-2', 'usr/share/backgrounds', '20.04'),
    'scratch': ('1.4.0.6~dfsg1-6.1', 'usr/share/scratch/Media', 'Media'),
}

# Where photographs are, in the source packages.
PHOTOGRAPHS = re.compile(
    r"""
    images/(land|scene)/.*\.jpg
    | src/activities/(
        categorization/resource/images/(fishes|monuments|others|renewable|tools)
        | clickgame/resource
        | details/resource/image
        | erase/resource
        | explore_farm_animals/resource/animals
        | explore_monuments/resource/\w+
        | explore_world_animals/resource/animals
        | explore_world_music/resource/music
      )/\w+\.webp
    | (16|20)\.04/.*\.jpg
    | Media/Backgrounds/.*\.jpg
    """,
    re.VERBOSE,
)

# Paintings, drawings, renderings, views from far above, false colours; what is painted on walls may have any colour.
SKIPPED = re.compile(
    r"""
    land/(earthrise|space\d+|nasa[89]|hills[34]|lava2|station2|valley7|water6)
    | scene/(army|engine2?|eso\d*|geoscan|lobby|tempest).*
    | clickgame/resource/(?!sea).* | details/resource/image/(.*_\d+|Eglise.*|.*Gogh.*|Portrait.*)
    | Backgrounds/Indoors/(party-room|room\d|spotlight-stage) | Backgrounds/Outdoors/(school2|graffiti|.*mural.*)
    | Backgrounds/Nature/(forest|woods-and-bench)
    | 16.04/(analogpattern|greentock|umang).* | 20.04/Infinite-Sea.*
    """,
    re.VERBOSE,
)

# What may go into a work under CC BY-SA 4.0, and the licence's address.
LICENCES = {
    'public domain': '',
    'CC0 1.0': 'https://creativecommons.org/publicdomain/zero/1.0/',
    'CC BY 2.0': 'https://creativecommons.org/licenses/by/2.0/',
    'CC BY 3.0': 'https://creativecommons.org/licenses/by/3.0/',
    'CC BY 4.0': 'https://creativecommons.org/licenses/by/4.0/',
    'CC BY-SA 2.0': 'https://creativecommons.org/licenses/by-sa/2.0/',
    'CC BY-SA 2.5': 'https://creativecommons.org/licenses/by-sa/2.5/',
    'CC BY-SA 3.0': 'https://creativecommons.org/licenses/by-sa/3.0/',
    'CC BY-SA 4.0': 'https://creativecommons.org/licenses/by-sa/4.0/',
}

# What the credits begin with.
ABOUT = (
    'The photographs that photographs.py gathers, which colorize-ngf32 learned from or was tested with: by package of '
    'Debian 12, licence and author. They were cut into squares and scaled.'
)

SIDE = 320  # pixels of a square
SMALLEST = 120  # pixels of a photograph's shorter side
LARGE = 640  # from this shorter side on there are closer views too
LEAST_CHROMA = 8  # the mean, in CIE Lab: less is all but grey
LEAST_COLOURS = 300  # of 32 levels a channel in 128x128 pixels: drawings have fewer
ALIKE = 0.97  # correlation of two small pictures from which on they are one photograph


@dataclass(eq=False)
class Photograph:
    """One picture of a package."""

    package: str
    file: str  # in the source package
    path: Path
    author: str
    licence: str
    source: str  # an address, or what it was made from

    @property
    def name(self):
        return f'{self.package}_{re.sub(r"[^A-Za-z0-9]+", "-", Path(self.file).with_suffix("").as_posix())}'

    def held_out(self, share):
        return number(f'held out {self.name}') % 1000 < 1000 * share


def number(text):
    """A number that is the same for the same text everywhere."""
    return int(hashlib.md5(text.encode()).hexdigest()[:8], 16)


# Packages


def fetch(folder, package):
    """The folder that the package is unpacked in."""
    version, *_ = PACKAGES[package]
    unpacked = folder / package
    if not unpacked.exists():
        subprocess.run(['apt-get', 'download', f'{package}={version}'], cwd=folder, check=True)
        (archive,) = folder.glob(f'{package}_*.deb')
        unfinished = folder / f'{package}.unfinished'
        subprocess.run(['dpkg-deb', '-x', archive, unfinished], check=True)
        unfinished.rename(unpacked)
    return unpacked


def read_resources(path):
    """The files in a binary resource file of Qt (rcc): their names and bytes."""
    file = path.read_bytes()
    magic, version, tree, data, names = struct.unpack_from('>4sIIII', file)
    if magic != b'qres':
        raise ValueError(f'{path} is no resource file of Qt')
    size = 22 if version >= 2 else 14  # of a node

    def walk(node, folder):
        at = tree + node * size
        name_at, flags = struct.unpack_from('>IH', file, at)
        name_at += names
        length = struct.unpack_from('>H', file, name_at)[0]
        name = file[name_at + 6 : name_at + 6 + 2 * length].decode('utf-16-be') if node else ''
        if flags & 2:  # a folder
            count, first = struct.unpack_from('>II', file, at + 6)
            for child in range(first, first + count):
                yield from walk(child, folder / name)
            return
        content_at = data + struct.unpack_from('>I', file, at + 10)[0]
        content = file[content_at + 4 : content_at + 4 + struct.unpack_from('>I', file, content_at)[0]]
        if flags & 1:
            content = zlib.decompress(content[4:])
        if not flags & 4:  # Zstandard, which pictures are not packed with
            yield folder / name, content

    yield from walk(0, Path())


def unpack_resources(folder):
    """Unpacks the activities of GCompris beside their resource files."""
    unpacked = folder.parent / 'unpacked'
    if not unpacked.exists():
        unfinished = folder.parent / 'unfinished'
        for resources in sorted(folder.glob('*.rcc')):
            for name, content in read_resources(resources):
                if name.parts[:3] == ('gcompris', 'src', 'activities') and name.suffix in ('.webp', ''):
                    file = unfinished.joinpath(*name.parts[1:])
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content)
        unfinished.rename(unpacked)
    return unpacked


# Licences


def read_fields(text):
    """The paragraphs of a copyright file: by field, its first line and the rest."""
    for paragraph in re.split(r'\n\s*\n', text):
        fields = {}
        for line in paragraph.splitlines():
            start = re.match(r'(\w[\w-]*):\s*(.*)', line)
            if start and not start[2].startswith('//'):
                lines = fields.setdefault(start[1].replace('Licence', 'License'), [start[2].strip()])
            elif fields:
                lines.append(line.strip())
        yield fields


def licence_name(text):
    """As `LICENCES` has it, where it is one of these."""
    name = re.sub(r'^CC-(BY(?:-SA)?)-', r'CC \1 ', re.sub(r'^CC0-', 'CC0 ', text.replace(' ', '-')))
    return 'public domain' if name.lower() == 'public-domain' else name


def described(fields):
    author = ', '.join(filter(None, fields.get('Copyright', []))).removeprefix('©').strip()
    comment = ' '.join(fields.get('Comment', []))
    source = fields.get('Source', [''])[0] or (comment if comment.startswith('based on') else '')
    return author, licence_name(fields.get('License', [''])[0]), source


class CopyrightFile:
    """Of a Debian package: the last paragraph that a file matches tells of it; but one that names a photographer, as
    images/land/*-harro* does, goes before numbers, because images/land/mountain1* matches mountain18-harro.jpg too."""

    def __init__(self, path):
        paragraphs = [fields for fields in read_fields(path.read_text('utf8')) if 'Files' in fields]
        self.patterns = [(re.split(r'\s+', ' '.join(fields['Files']).strip()), fields) for fields in paragraphs]

    def of(self, file):
        found = [
            ('*-' in pattern, fields)
            for patterns, fields in self.patterns
            for pattern in patterns
            if fnmatch.fnmatchcase(file, pattern)
        ]
        naming = [fields for names, fields in found if names]
        return described((naming or [fields for _, fields in found])[-1]) if found else None


class ReadMe:
    """Of an activity of GCompris: the paragraph that names a file tells of it, wherever in it, for some lack "Files:"."""

    def __init__(self, path):
        self.fields = {}
        for fields in read_fields(path.read_text('utf8')):
            for line in sum(fields.values(), []):
                if line.endswith('.webp'):
                    self.fields[line] = fields

    def of(self, file):
        found = self.fields.get(file)
        return found and described(found)


def photographs_of(package, folder):
    """The photographs of an unpacked package, also those whose licence is unknown."""
    _, pictures, prefix = PACKAGES[package]
    if prefix:
        (copyright_file,) = folder.glob('usr/share/doc/*/copyright')
        told, root = CopyrightFile(copyright_file), folder / pictures
        files = [(f'{prefix}/{path.relative_to(root).as_posix()}', path) for path in root.rglob('*') if path.is_file()]
    else:
        root = unpack_resources(folder / pictures)
        files = [(path.relative_to(root).as_posix(), path) for path in root.rglob('*.webp')]
    for file, path in sorted(files):
        if not PHOTOGRAPHS.fullmatch(file) or SKIPPED.search(str(Path(file).with_suffix(''))):
            continue
        if prefix:
            found = told.of(file)
        else:
            beside = next(up for up in path.parents if (up / 'README').exists())
            found = ReadMe(beside / 'README').of(path.relative_to(beside).as_posix())
        yield Photograph(package, file, path, *(found or ('', '', '')))


# Pictures


def lab_chroma(rgb):
    """The chroma of sRGB values of 0 to 1 in CIE Lab (D65): `[H, W, 3]` -> `[H, W]`."""
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    to_xyz = np.array([[0.412453, 0.357580, 0.180423], [0.212671, 0.715160, 0.072169], [0.019334, 0.119193, 0.950227]])
    xyz = linear @ to_xyz.T / (0.95047, 1, 1.08883)
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.hypot(500 * (f[..., 0] - f[..., 1]), 200 * (f[..., 1] - f[..., 2]))


def is_colourful(picture):
    small = picture.resize((128, 128), Image.BOX)
    sampled = np.asarray(picture.resize((128, 128), Image.NEAREST)).reshape(-1, 3) // 8
    colours = len(np.unique(sampled, axis=0))
    return lab_chroma(np.asarray(small) / 255).mean() >= LEAST_CHROMA and colours >= LEAST_COLOURS


def thumbnail(picture):
    """Values of mean 0 and length 1, so that their product is a correlation."""
    values = np.asarray(picture.resize((16, 16), Image.BOX), float).ravel()
    values -= values.mean()
    return values / max(np.linalg.norm(values), 1e-9)


def squares(width, height):
    """Boxes that squares are made of: the whole, as pix2pix colorize sees a photograph; squares along its longer side;
    and of large ones two closer views."""
    boxes = [(0, 0, width, height)]
    short, rest = min(width, height), abs(width - height)
    places = {0: [], 1: [0, rest], 2: [0, rest // 2, rest]}[(rest > short // 4) + (rest > 3 * short // 4)]
    if short >= 256:
        boxes += [(at, 0, at + short, short) if width > height else (0, at, short, at + short) for at in places]
    if short >= LARGE:
        near = short * 6 // 10
        boxes += [(0, 0, near, near), (width - near, height - near, width, height)]
    return boxes


def middle_square(width, height):
    short = min(width, height)
    left, top = (width - short) // 2, (height - short) // 2
    return left, top, left + short, top + short


def write(picture, box, path):
    square = picture.resize((SIDE, SIDE), Image.LANCZOS, box=box)
    square.save(path, 'JPEG', quality=95, subsampling=0)


# Credits


def credits(photographs):
    lines = textwrap.wrap(ABOUT, 120)
    for package, (version, *_) in PACKAGES.items():
        of_package = [photograph for photograph in photographs if photograph.package == package]
        lines += ['', '', f'{package} {version}, https://packages.debian.org/bookworm/{package}']
        for licence, url in LICENCES.items():
            authors = {}
            for photograph in of_package:
                if photograph.licence == licence:
                    authors.setdefault(photograph.author, []).append(photograph)
            if authors:
                lines += ['', f'{licence}, {url}' if url else licence, '']
            for author, own in sorted(authors.items(), key=lambda entry: entry[0].lower()):
                named = [f'{one.file} ({one.source})' if one.source else one.file for one in own]
                lines += textwrap.wrap(
                    f'{author}: ' + '; '.join(named),
                    120,
                    subsequent_indent='    ',
                    break_on_hyphens=False,
                    break_long_words=False,
                )
    return '\n'.join(lines) + '\n'


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('packages', type=Path, help='the folder for packages')
    parser.add_argument('output', type=Path, help='gets train/, val/ and CREDITS.txt')
    parser.add_argument('--held-out', type=float, default=0.1, metavar='SHARE', help='of the photographs, for val/ (0.1)')
    return parser.parse_args()


def main():
    options = arguments()
    options.packages.mkdir(parents=True, exist_ok=True)
    for side in ('train', 'val'):
        (options.output / side).mkdir(parents=True, exist_ok=True)
    taken, thumbnails = [], []
    for package in PACKAGES:
        left_out = dict.fromkeys(('other licence', 'small', 'grey or drawn', 'known already'), 0)
        count = 0
        for photograph in photographs_of(package, fetch(options.packages, package)):
            picture = Image.open(photograph.path).convert('RGB')
            small = thumbnail(picture)
            reason = (
                'other licence'
                if photograph.licence not in LICENCES
                else 'small'
                if min(picture.size) < SMALLEST
                else 'grey or drawn'
                if not is_colourful(picture)
                else 'known already'
                if any(small @ other > ALIKE for other in thumbnails)
                else None
            )
            if reason:
                left_out[reason] += 1
                continue
            count += 1
            taken.append(photograph)
            thumbnails.append(small)
            if photograph.held_out(options.held_out):
                write(picture, middle_square(*picture.size), options.output / 'val' / f'{photograph.name}.jpg')
                continue
            for i, box in enumerate(squares(*picture.size)):
                write(picture, box, options.output / 'train' / f'{photograph.name}-{i}.jpg')
        reasons = ', '.join(f'{n} {reason}' for reason, n in left_out.items() if n)
        print(f'{package}: {count} photographs; left out: {reasons or "none"}', flush=True)
    (options.output / 'CREDITS.txt').write_text(credits(taken), 'utf8')
    return 0


if __name__ == '__main__':
    sys.exit(main())
