#!/usr/bin/env python3
"""Renders the 3D models of Debian's package sweethome3d-furniture: pairs of line drawing | picture, to learn from.

    pip install mitsuba pyoidn numpy pillow scipy
    apt-get download sweethome3d-furniture=1.8-1
    dpkg-deb -x sweethome3d-furniture_*.deb package
    mkdir models
    for f in package/usr/share/sweethome3d/furniture/*.sh3f; do unzip -qo "$f" -d "models/$(basename "$f" .sh3f)"; done
    python3 objects.py models pairs/objects

Each model becomes OUTPUT/train/LIBRARY_MODEL-VIEW.png, or OUTPUT/val/ where it is held out: 512x256, A left, B right.
About 5 seconds of one core for each; what exists is skipped, and --part 1/4 to 4/4 share the work. The names seed all
that is random, so the pairs are the same everywhere, but for the last bits, which depend on the versions of Mitsuba and
pyoidn.

A is drawn from the geometry, as a person might draw the thing: silhouettes, borders of materials, sharp edges, what
stands in front of something else, and strong edges of textures. Almost half of the models are white or grey: their
materials are tinted. Who made the models, and their licences: LICENSE-edges2photo.txt, whose end --credits writes.
"""

import argparse
import colorsys
import hashlib
import math
import re
import sys
import textwrap
import time
from dataclasses import dataclass
from pathlib import Path

import mitsuba as mi
import numpy as np
from PIL import Image
from pyoidn.denoise import denoise
from scipy import ndimage

mi.set_variant('scalar_rgb')
mi.set_log_level(mi.LogLevel.Error)

# The libraries: licence, who must be named, and the licence's address.
LICENCES = {
    'BlendSwap-CC-0': (
        'CC0 1.0',
        'In the public domain, given by:',
        'https://creativecommons.org/publicdomain/zero/1.0/',
    ),
    'BlendSwap-CC-BY': ('CC BY 3.0', 'Copyright their authors:', 'https://creativecommons.org/licenses/by/3.0/'),
    'KatorLegaz': (
        'CC BY 3.0 US',
        'Copyright 2003-2008 Andrew Kator & Jennifer Legaz',
        'https://creativecommons.org/licenses/by/3.0/us/',
    ),
    'Reallusion': (
        'CC BY 3.0 US',
        'Copyright 2008-2011 Reallusion, http://www.reallusion.com',
        'https://creativecommons.org/licenses/by/3.0/us/',
    ),
    'Scopia': (
        'CC BY 3.0',
        'Copyright 2006-2020 Emmanuel Puybaret / eTeks <info@eteks.com> and Scopia Visual Interfaces Systems, s.l. '
        '(http://www.scopia.es)',
        'https://creativecommons.org/licenses/by/3.0/',
    ),
}

# Flat, thin, broken, or one of many that look the same.
SKIPPED = re.compile(
    r"""
    # Road markings, floors, rugs, banknotes, clothes that lie flat
    stationnement.* | fleche.* | passage.* | rails | concrete-sidewalk | oriental-rug | tatami | bathmat | newspaper
    | ruler | billet-[12]0.* | pantalon-shadows | short-shadows | jupe.* | robe | blouson | sleepingBag
    # Sockets and switches
    | .*(plug-Type|RJ-45|antenna|dimmer|double-switch).* | switch-whites | square-switch | wallSocket | numberLock
    | entry-bell.* | smoke-detector
    # Doors and windows
    | door | double_door_.* | exterior-door-0[237] | screen-door | glassDoor2 | glass_door | showerDoor | garage-door
    | elevator-door | puerta | window-01 | window-08-02 | window-blinds | window-shutter | window_2x1.* | window_2x3
    | window_2x3_regular | window_2x4.* | window_2x6 | window_3x1 | window_4x[15] | window_4x3_arched | curtain
    # Cupboards, radiators, plain tables
    | upper.*Cabinet | smallUpperCabinet | kitchen(Upper|SmallUpper|SmallLower)Cabinet | lowerCornerCabinet
    | islandExtension | radiator[123] | radiatorAndTowels | modernRadiator | .*[hH]ood | induction.* | mano_cooktop
    | coffee_table | table-on-trestles | glass_table_office | lbDesk | barnum | contemp_living_room
    # Thin
    | porch-column.* | fluorescent.* | track-lights | wire-coathanger | clothes-horse | clothes-rack | towel-rack
    | wall-hanger | farola1 | candelabre | park-light | wall-lamp-artwork | wall-spotlight | .*football-goal
    | iron-railing-(02|[12]) | iron_bed | fence | pedestrianRailing. | diving-board | whiteBoard
    | kitchen_tool[234] | bague
    # In pieces
    | shower | showerHeadAndFaucet | com_bath3 | emergencySign
    # Only leaves or wickerwork: their drawings are black
    | bamboo | bush | coconutTree.* | copperBeech | cypress | decorativePlant | ficus.* | high-hedge | japaneseMaple
    | pine.* | plant | poplar | sycamoreMaple | littlebank | rattanTable | riggedFan | tableFan | comb
    | com_bath2_cepillo
    """,
    re.VERBOSE,
)

# White, grey or black by nature: not tinted.
NATURAL = re.compile(
    r"""
    .*([mM]ale|boy|girl|mannequin|doll|casual-clothing|suit).*
    | cat | siameseCat | bulldog | chicken | bonecoDeNeve | .*Snow | rock. | stoneLantern | white_lily | orchids
    | peachBlossom | arbolito | acacia | chessboard | dart_game | ballonFoot | piano.* | MIDI-keyboard | cardGame | book
    | full-bookcase | kalender | tetrapak | caffe_final | plate-and-ustensils | ensemble-.* | tv | led_tv | wall-flat-tv
    | tvStand | dvd | knifeStandSwap | cuckooClock | bicycle | tape-measure | montre.* | bread.* | .*wine.bottle.*
    | medicoscopia.* | sushi_tray | spiceTower
    """,
    re.VERBOSE,
)

# Variants of one thing lie on one side of the split.
FAMILIES = {
    'armchair': r'armchair[12]',
    'cafe_set_mota': r'cafe_set_mota_.*',
    'cafe_set_tonon': r'cafe_set_tonon_.*',
    'concept-sedan': r'concept-sedan.*',
    'convertible-sofa': r'convertible-sofa.*',
    'frame': r'frame.',
    'hanging-clothes': r'hanging-clothes.',
    'kids_desk': r'kids_desk.*',
    'kitchenCabinet': r'kitchen.*Cabinet',
    'medicoscopia': r'medicoscopia.*',
    'mid-century': r'mid-century.*',
    'rattan': r'rattan.*',
    'winchester': r'winchester.*',
    'window': r'window.*',
    'wooden_office': r'wooden_office.*',
}

# Where a tint may lie on the circle of hues, in percent: many of the warm ones.
HUES = [0, 2, 5, 7.5, 10, 12.5, 14.5, 20, 27, 34, 42, 48, 53, 57, 60, 63, 68, 74, 80, 87, 92, 96]

# What the credits begin with.
ABOUT = (
    'Who made the 3D models that objects.py renders: those of the package sweethome3d-furniture 1.8 of Debian, '
    'which are also at https://www.sweethome3d.com/freeModels.jsp. Networks of this folder learned from pictures '
    'of most of them, in part with other colours. By library, licence and author; a number is how many models '
    'have the same title.'
)

FIELD_OF_VIEW = 26  # degrees
MARGIN = 0.86  # the share of the picture's width or height that the thing fills
GROUND = 0.78  # how much light the ground reflects; the light is such that it looks white
FINER = 3  # lines are drawn this many times larger


# Colours


def to_linear(srgb):
    srgb = np.clip(np.asarray(srgb, float), 0, 1)
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def to_srgb(linear):
    linear = np.clip(linear, 0, 1)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)


def to_bytes(values):
    return (np.clip(values, 0, 1) * 255 + 0.5).astype(np.uint8)


# Models


@dataclass(eq=False)
class Model:
    """One entry of a library's catalogue."""

    library: str
    path: Path
    title: str
    creator: str
    entry: dict  # all that the catalogue says of it

    @property
    def name(self):
        return self.path.stem

    @property
    def size(self):
        """Width, height and depth in cm."""
        return np.array([float(self.entry[key]) for key in ('width', 'height', 'depth')])

    @property
    def unique_name(self):
        return f'{self.library}_{self.name}'

    def held_out(self, share):
        families = (name for name, models in FAMILIES.items() if re.fullmatch(models, self.name))
        # Of the numbers that could stand here, 36 holds out everyday things of many kinds.
        return number(f'held out 36 {next(families, self.unique_name)}') % 1000 < 1000 * share


@dataclass
class Part:
    """The triangles of one material."""

    material: str
    positions: np.ndarray  # [N, 3, 3]: triangle, corner, axis
    uv: np.ndarray | None  # [N, 3, 2]
    normals: np.ndarray | None  # [N, 3, 3]


def number(text):
    """A number that is the same for the same text everywhere."""
    return int(hashlib.md5(text.encode()).hexdigest()[:8], 16)


def read_catalogue(folder):
    models = []
    for library in LICENCES:
        text = (folder / library / 'PluginFurnitureCatalog.properties').read_text('latin1')
        entries = {}
        for key, index, value in re.findall(r'^(\w+)#(\d+)=(.*)$', text, re.MULTILINE):
            value = re.sub(r'\\u([0-9a-fA-F]{4})', lambda code: chr(int(code[1], 16)), value.strip())
            entries.setdefault(int(index), {})[key] = value
        for _, entry in sorted(entries.items()):
            if 'model' in entry:
                path = folder / library / entry['model'].lstrip('/')
                models.append(Model(library, path, entry['name'], entry.get('creator', library), entry))
    return models


def read_mtl(path):
    """Materials by name: diffuse and specular colour, exponent, opacity, texture."""
    materials, current = {}, {}
    if not path.exists():
        return materials
    for line in path.read_text('latin1').splitlines():
        key, value = (line.split(None, 1) + ['', ''])[:2]
        value = value.strip()
        if key == 'newmtl':
            current = materials.setdefault(value, {})
        elif key in ('Kd', 'Ks'):
            current[key] = [float(v) for v in value.split()[:3]]
        elif key in ('Ns', 'd'):
            current[key] = float(value.split()[-1])
        elif key == 'map_Kd':
            current[key] = path.parent / value.split('\\')[-1]
    return materials


def read_obj(path):
    """The model's parts, one for each material, and the materials."""
    positions, uv, normals = [], [], []
    faces, materials = {}, {}
    current = faces.setdefault('', [])

    def index(field, length):  # from 1, or from the end where negative; -1 is none
        at = int(field) if field else 0
        return at - 1 if at > 0 else length + at if at < 0 else -1

    with open(path, encoding='latin1') as lines:
        for line in lines:
            key, value = (line.split(None, 1) + ['', ''])[:2]
            if key == 'v':
                positions.append(value.split()[:3])
            elif key == 'vt':
                uv.append((value.split() + ['0'])[:2])
            elif key == 'vn':
                normals.append(value.split()[:3])
            elif key == 'f':
                corners = []
                for corner in value.split():
                    fields = corner.split('/') + ['', '']
                    corners.append(
                        (index(fields[0], len(positions)), index(fields[1], len(uv)), index(fields[2], len(normals)))
                    )
                current += [(corners[0], b, c) for b, c in zip(corners[1:], corners[2:])]
            elif key == 'usemtl':
                current = faces.setdefault(value.strip(), [])
            elif key == 'mtllib':
                materials.update(read_mtl(path.parent / value.strip()))

    positions, uv, normals = (np.array(a, float).reshape(-1, n) for a, n in ((positions, 3), (uv, 2), (normals, 3)))
    uv[np.abs(uv) > 1e4] = 0  # vase1 has some of 3e9
    parts = []
    for name, triangles in faces.items():
        if triangles:
            at = np.array(triangles)  # [N, 3, 3]: triangle, corner, (position, uv, normal)
            take = lambda values, which: values[at[..., which]] if len(values) and (at[..., which] >= 0).all() else None
            parts.append(Part(name, positions[at[..., 0]], take(uv, 1), take(normals, 2)))
    return parts, materials


def place(parts):
    """Scales the model, half the diagonal of its box becomes 1, and puts it on the ground at the origin. Its height."""
    points = np.concatenate([part.positions.reshape(-1, 3) for part in parts])
    low, high = points.min(0), points.max(0)
    radius = np.linalg.norm(high - low) / 2
    for part in parts:
        part.positions = (part.positions - [(low[0] + high[0]) / 2, low[1], (low[2] + high[2]) / 2]) / radius
    return (high[1] - low[1]) / radius


def same_points(triangles):
    """For each corner a number that corners at the same place share: [N, 3]."""
    keys = np.round(triangles.reshape(-1, 3) / 2e-4).astype(np.int64)
    return np.unique(keys, axis=0, return_inverse=True)[1].reshape(-1, 3)


def face_normals(triangles):
    """As long as twice the area of the triangle."""
    return np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])


def add_normals(parts, crease=40):
    """Gives parts without normals smooth ones, which keep edges that are sharper than `crease` degrees."""
    if all(part.normals is not None for part in parts):
        return
    triangles = np.concatenate([part.positions for part in parts])
    area = face_normals(triangles)
    unit = area / np.maximum(np.linalg.norm(area, axis=1, keepdims=True), 1e-20)
    point = same_points(triangles).reshape(-1)
    face = np.repeat(np.arange(len(triangles)), 3)
    normals = unit[face]
    order = np.argsort(point, kind='stable')
    for corners in np.split(order, np.flatnonzero(np.diff(point[order])) + 1):
        if 1 < len(corners) <= 64:
            around = face[corners]
            alike = unit[around] @ unit[around].T > math.cos(math.radians(crease))
            mean = alike @ area[around]
            length = np.linalg.norm(mean, axis=1, keepdims=True)
            normals[corners] = np.where(length > 1e-20, mean / np.maximum(length, 1e-20), unit[around])
    normals = np.split(normals.reshape(-1, 3, 3), np.cumsum([len(part.positions) for part in parts])[:-1])
    for part, own in zip(parts, normals):
        if part.normals is None:
            part.normals = own


def towards(parts, camera):
    """Where triangles lie on each other, as in sheets with two sides, only what looks at the camera."""
    triangles = np.concatenate([part.positions for part in parts])
    corners = np.sort(same_points(triangles), axis=1)
    _, place, count = np.unique(corners, axis=0, return_inverse=True, return_counts=True)
    place = place.reshape(-1)
    seen = ((camera - triangles.mean(1)) * face_normals(triangles)).sum(1) > 0
    shared = np.flatnonzero(count[place] > 1)
    shared = shared[np.lexsort((~seen[shared], place[shared]))]  # of the same place, those that are seen come first
    kept = np.ones(len(triangles), bool)
    kept[shared[1:][place[shared[1:]] == place[shared[:-1]]]] = False
    kept = np.split(kept, np.cumsum([len(part.positions) for part in parts])[:-1])
    take = lambda values, keep: None if values is None else values[keep]
    return [
        Part(part.material, part.positions[keep], take(part.uv, keep), take(part.normals, keep))
        for part, keep in zip(parts, kept)
        if keep.any()
    ]


# Materials


def texture(material):
    """The texture as linear RGB and its opacity, or None for each."""
    path = material.get('map_Kd')
    if path is None or not path.exists():
        return None, None
    image = Image.open(path).convert('RGBA')
    image.thumbnail((1024, 1024))
    image = np.asarray(image, float) / 255
    opacity = image[..., 3:] if image[..., 3].min() < 0.98 else None
    return to_linear(image[..., :3]), opacity


def add_colors(parts, materials):
    """Gives each material its colour, or its texture, as linear RGB, and its opacity."""
    for part in parts:
        material = materials.setdefault(part.material, {})
        image, opacity = texture(material)
        material['color'] = np.array(to_linear(material.get('Kd', [0.7] * 3))) if image is None else image
        material['opacity'] = opacity


def paint(random, hue, most=0.8):
    hue = (hue / 100 + random.uniform(-0.015, 0.015)) % 1
    # Dark yellow would be mud, and dark blue black.
    deep = random.random() < 0.15 and not 0.09 < hue < 0.2
    value = random.uniform(0.6, 0.8) if deep else random.uniform(0.86, 1)
    color = to_linear(colorsys.hsv_to_rgb(hue, random.uniform(0.3, most), value))
    missing = max(0, 0.16 - color @ [0.2126, 0.7152, 0.0722])
    return color + (1 - color) * missing


def tint(model, parts, materials, random, hues=HUES):
    """Gives colours to the grey materials of things that are grey as a whole."""
    if NATURAL.fullmatch(model.name):
        return
    # Of each material: its share of the surface, its colour, and how far that is from grey.
    area = {part.material: np.linalg.norm(face_normals(part.positions), axis=1).sum() for part in parts}
    share, color, chroma = {}, {}, {}
    for name in area:
        pixels = to_srgb(materials[name]['color'].reshape(-1, 3))
        share[name] = area[name] / sum(area.values())
        color[name] = np.median(pixels, axis=0)
        chroma[name] = np.ptp(pixels, axis=1).mean()
    if sum(share[name] * chroma[name] for name in share) > 0.09:
        return
    grey = [name for name in sorted(share, key=share.get, reverse=True) if share[name] > 0.02 and chroma[name] < 0.07]
    if sum(share[name] for name in grey) < 0.25:
        return
    light = [name for name in grey if color[name].mean() > 0.25]
    lift = 1
    if sum(share[name] for name in light) < 0.2:  # black as a whole
        if random.random() < 0.45:
            return
        light, lift = grey[:1], 6
    animal = re.search('rabbit|deer', model.name)
    hue = 7.5 if animal else random.choice(hues)
    first = paint(random, hue, 0.45 if animal else 0.8)
    for index, name in enumerate(light):
        to = first
        if index > 0:
            dice = random.random()
            if dice < 0.2:
                continue
            if dice < 0.6:
                to = paint(random, random.choice(hues) if dice < 0.4 else hue + 50)
        material = materials[name]
        # Dark grey becomes lighter, or its colour would hardly be seen.
        lighter = lift if lift > 1 else np.clip(0.58 / max(to_linear(color[name].mean()), 1e-3), 1, 1.5)
        material['color'] = material['color'] * to * lighter


def bsdf(material):
    color, opacity = material['color'], material['opacity']
    reflectance = np.clip(color, 0.012, 0.64)
    if color.ndim == 1:
        reflectance = {'type': 'rgb', 'value': [float(c) for c in reflectance]}
    else:
        reflectance = {'type': 'bitmap', 'bitmap': mi.Bitmap(reflectance.astype(np.float32)), 'raw': True}
    specular = float(np.mean(material.get('Ks', 0)))
    if specular > 0.05:
        roughness = math.sqrt(2 / (max(material.get('Ns', 10), 1) + 2))
        surface = {
            'type': 'principled',
            'base_color': reflectance,
            'roughness': float(np.clip(roughness, 0.15, 1)),
            'specular': float(np.clip(specular, 0.1, 0.6)),
        }
    else:
        surface = {'type': 'diffuse', 'reflectance': reflectance}
    surface = {'type': 'twosided', 'bsdf': surface}
    if opacity is not None:
        mask = {'type': 'bitmap', 'bitmap': mi.Bitmap(opacity.astype(np.float32)), 'raw': True}
        return {'type': 'mask', 'bsdf': surface, 'opacity': mask}
    if material.get('d', 1) < 0.95:
        return {'type': 'mask', 'bsdf': surface, 'opacity': {'type': 'rgb', 'value': max(material['d'], 0.15)}}
    return surface


def mesh(name, part, surface):
    count = len(part.positions)
    properties = mi.Properties()
    properties['bsdf'] = mi.load_dict(surface)
    out = mi.Mesh(
        name, count * 3, count, has_vertex_normals=True, has_vertex_texcoords=part.uv is not None, props=properties
    )
    values = mi.traverse(out)
    flat = lambda array: np.ascontiguousarray(array, np.float32).ravel()
    values['vertex_positions'] = flat(part.positions)
    values['vertex_normals'] = flat(part.normals)
    values['faces'] = np.arange(count * 3, dtype=np.uint32)
    if part.uv is not None:
        values['vertex_texcoords'] = flat(part.uv * [1, -1] + [0, 1])
    values.update()
    return out


# The scene


def direction(azimuth, elevation):
    return np.array(
        [math.sin(azimuth) * math.cos(elevation), math.sin(elevation), math.cos(azimuth) * math.cos(elevation)]
    )


def look(parts, height, azimuth, elevation):
    """The camera that sees the whole thing from there, as large as fits: where it is, and the point it looks at."""
    towards_camera = direction(azimuth, elevation)
    forward = -towards_camera
    right = np.cross(forward, [0, 1, 0])
    right /= np.linalg.norm(right)
    up = np.cross(right, forward)
    points = np.concatenate([part.positions.reshape(-1, 3) for part in parts])
    target, distance = np.array([0, height / 2, 0]), 5.0
    for _ in range(6):  # each step comes closer to the answer
        offset = points - target
        depth = distance + offset @ forward
        x, y = offset @ right / depth, offset @ up / depth
        target = target + distance * ((x.min() + x.max()) / 2 * right + (y.min() + y.max()) / 2 * up)
        half = max(np.ptp(x), np.ptp(y)) / 2
        distance = np.clip(distance * half / (math.tan(math.radians(FIELD_OF_VIEW / 2)) * MARGIN), 1.2, 12)
    return target + towards_camera * distance, target


def studio(azimuth, random):
    """Light from everywhere, more of it from above, and a large lamp at one side of the camera: an environment map."""
    height, width = 32, 64
    polar = (np.arange(height)[:, None] + 0.5) / height * math.pi
    around = (np.arange(width)[None] + 0.5) / width * 2 * math.pi
    sky = np.stack(
        [np.sin(polar) * np.sin(around), np.cos(polar) * np.ones_like(around), -np.sin(polar) * np.cos(around)], -1
    )
    above = np.clip(sky[..., 1], 0, 1)
    side = azimuth + math.radians(random.choice([-55, 55]) + random.uniform(-15, 15))
    lamp = direction(side, math.radians(random.uniform(42, 60)))
    light = 0.55 + 0.35 * above + 5.5 * np.exp((sky @ lamp - 1) * 14)
    light = np.where(sky[..., 1] < -0.05, 0.5, light)
    irradiance = (light * above * np.sin(polar)).sum() * (math.pi / height) * (2 * math.pi / width)
    return light / (GROUND * irradiance / math.pi)  # the ground is white


def sensor(camera, target, size, samples):
    to_world = mi.ScalarTransform4f().look_at(
        origin=[float(c) for c in camera], target=[float(t) for t in target], up=[0, 1, 0]
    )
    film = {
        'type': 'hdrfilm',
        'width': size,
        'height': size,
        'rfilter': {'type': 'box'},
        'pixel_format': 'rgb',
        'component_format': 'float32',
    }
    sampler = {'type': 'independent', 'sample_count': samples}
    return {'type': 'perspective', 'fov': FIELD_OF_VIEW, 'to_world': to_world, 'film': film, 'sampler': sampler}


def build_scene(parts, materials, light):
    to_world = mi.ScalarTransform4f().translate([0, -1e-4, 0]).rotate([1, 0, 0], -90).scale(2000)
    surface = {'type': 'diffuse', 'reflectance': {'type': 'rgb', 'value': GROUND}}
    scene = {
        'type': 'scene',
        'integrator': {'type': 'path', 'max_depth': 5},
        'light': {'type': 'envmap', 'bitmap': mi.Bitmap(np.repeat(light[..., None], 3, 2).astype(np.float32))},
        'ground': {'type': 'disk', 'to_world': to_world, 'bsdf': {'type': 'twosided', 'bsdf': surface}},
    }
    for index, part in enumerate(parts):
        scene[f'part{index:04}'] = mesh(f'part{index:04}', part, bsdf(materials[part.material]))
    return mi.load_dict(scene)


@dataclass
class Surfaces:
    """What each pixel of the finer picture sees first."""

    thing: np.ndarray  # [S, S]: not the ground
    part: np.ndarray  # [S, S]
    depth: np.ndarray  # [S, S]
    normal: np.ndarray  # [S, S, 3]
    color: np.ndarray  # [S, S, 3], linear


def trace_surfaces(scene, camera, target, size):
    integrator = mi.load_dict({'type': 'aov', 'aovs': 'd:depth,n:sh_normal,i:shape_index,c:albedo,p:position'})
    values = mi.render(
        scene, sensor=mi.load_dict(sensor(camera, target, size * FINER, 1)), integrator=integrator, spp=1, seed=0
    )
    values = np.nan_to_num(np.array(values))
    depth, normal, part, color, y = values[..., 0], values[..., 1:4], values[..., 4], values[..., 5:8], values[..., 9]
    thing = (depth > 0) & ((np.abs(y + 1e-4) > 5e-5) | (normal[..., 1] < 0.999))
    return Surfaces(thing, np.rint(part).astype(int), depth, normal, color)


def render(scene, surfaces, camera, target, size, samples, seed):
    """The picture as linear RGB, without noise."""
    picture = mi.render(scene, sensor=mi.load_dict(sensor(camera, target, size, samples)), spp=samples, seed=seed)
    picture = np.ascontiguousarray(np.nan_to_num(np.array(picture))[..., :3], np.float32)
    smaller = lambda values: np.ascontiguousarray(values.reshape(size, FINER, size, FINER, 3).mean((1, 3)), np.float32)
    return np.array(denoise(picture, albedo=smaller(surfaces.color), normal=smaller(surfaces.normal), hdr=True))


# The drawing


def connected(mask, least):
    """Without the pieces that have fewer pixels than `least`."""
    labels, _ = ndimage.label(mask, np.ones((3, 3)))
    count = np.bincount(labels.ravel())
    count[0] = 0
    return count[labels] >= least


def shape_edges(surfaces):
    """Silhouettes, borders of materials, edges sharper than 30 degrees, and jumps of the depth."""
    thing, part, depth = surfaces.thing, surfaces.part, surfaces.depth
    normal = surfaces.normal / np.maximum(np.linalg.norm(surfaces.normal, axis=-1, keepdims=True), 1e-6)
    edge = np.zeros_like(thing)
    for a, b in (np.s_[1:, :], np.s_[:-1, :]), (np.s_[:, 1:], np.s_[:, :-1]):
        silhouette = thing[a] != thing[b]
        sharp = np.abs((normal[a] * normal[b]).sum(-1)) < math.cos(math.radians(30))
        jump = np.abs(depth[a] - depth[b]) > 0.02 * np.minimum(depth[a], depth[b])
        edge[a] |= silhouette | (thing[a] & thing[b] & ((part[a] != part[b]) | sharp | jump))
    return edge


def texture_edges(surfaces, near):
    """Edges of the textures, one pixel wide, where the shape has none: Canny's, of the colours without light."""
    smooth = ndimage.gaussian_filter(to_srgb(surfaces.color), (2, 2, 0))
    down, across = ndimage.sobel(smooth, 0), ndimage.sobel(smooth, 1)
    strength = np.sqrt((down**2 + across**2).sum(-1))
    channel = (down**2 + across**2).argmax(-1)[..., None]
    down, across = (np.take_along_axis(g, channel, 2)[..., 0] for g in (down, across))
    length = np.hypot(down, across) + 1e-9
    y, x = np.indices(strength.shape)
    beside = lambda sign: ndimage.map_coordinates(
        strength, [y + sign * down / length, x + sign * across / length], order=1
    )
    crest = (strength >= beside(1)) & (strength >= beside(-1))
    inner = ndimage.binary_erosion(surfaces.thing, iterations=4) & ~ndimage.binary_dilation(near, iterations=5)
    labels, count = ndimage.label((strength > 0.45) & crest & inner, np.ones((3, 3)))
    strong = np.zeros(count + 1, bool)
    strong[labels[strength > 0.9]] = True
    strong[0] = False
    return strong[labels]


def draw(surfaces, random):
    """Black lines on white, 0 to 1, as large as the picture. At random: their width, and how much of the textures."""
    shape = shape_edges(surfaces)
    texture = connected(texture_edges(surfaces, shape), 14)
    labels, count = ndimage.label(texture, np.ones((3, 3)))
    drawn = random.random(count + 1) >= random.uniform(0, 0.6)
    texture &= drawn[labels]
    wide = int(random.integers(1, 3))
    line = ndimage.binary_dilation(connected(shape, 18), iterations=wide) | ndimage.binary_dilation(
        texture, iterations=wide
    )
    size = len(line) // FINER
    ink = line.reshape(size, FINER, size, FINER).mean((1, 3))
    return 1 - np.clip(1.7 * ink, 0, 1)


def render_views(model, names, options):
    """A|B pictures of the model, one for each of `names`: (name, [size, 2 size, 3] bytes)."""
    parts, materials = read_obj(model.path)
    height = place(parts)
    add_normals(parts)
    for view, name in names:
        random = np.random.default_rng(number(name))
        azimuth = math.radians([-35, 30, -60, 55, 0, 150, -150, 100][view % 8] + random.uniform(-10, 10))
        elevation = math.radians([22, 18, 28, 22, 20, 24, 20, 24][view % 8] + random.uniform(-3, 6))
        camera, target = look(parts, height, azimuth, elevation)
        add_colors(parts, materials)
        if not options.no_tint:
            tint(model, parts, materials, random)
        scene = build_scene(towards(parts, camera), materials, studio(azimuth, random))
        surfaces = trace_surfaces(scene, camera, target, options.size)
        if surfaces.thing.mean() < 0.01:
            raise ValueError('nothing to be seen')
        picture = render(scene, surfaces, camera, target, options.size, options.samples, number(name) % 2**31)
        sketch = np.repeat(draw(surfaces, random)[..., None], 3, 2)
        yield name, to_bytes(np.concatenate([sketch, to_srgb(picture)], 1))


def source(model):
    """Where the model was published, as its own licence says."""
    if model.library == 'BlendSwap-CC-BY':
        for file in sorted(model.path.parent.glob('*icen*')) + sorted(model.path.parent.glob('*ICEN*')):
            if page := re.search(r'blendswap\.com/blends/view/\d+', file.read_text('latin1')):
                return f' ({page[0]})'
    return ''


def credits(models, about):
    authors = {}
    for model in models:
        authors.setdefault((model.library, model.creator), []).append(f'{model.title}{source(model)}')
    lines = textwrap.wrap(about, 120)
    for library, (licence, holder, url) in LICENCES.items():
        own = [(creator, titles) for (of, creator), titles in authors.items() if of == library]
        if not own:
            continue
        lines += ['', f'{library}: {licence}, {url}', holder, '']
        for creator, titles in sorted(own, key=lambda author: author[0].lower()):
            titles = {title: titles.count(title) for title in sorted(titles, key=str.lower)}
            titles = [title if count == 1 else f'{title} ({count})' for title, count in titles.items()]
            lines += textwrap.wrap(
                f'{creator}: ' + '; '.join(titles), 120, subsequent_indent='    ', break_on_hyphens=False
            )
    return '\n'.join(lines) + '\n'


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        'models', type=Path, help='the folder with BlendSwap-CC-0, BlendSwap-CC-BY, KatorLegaz, Reallusion and Scopia'
    )
    parser.add_argument('output', type=Path, nargs='?', help='gets train/ and val/')
    parser.add_argument('--size', type=int, default=256, metavar='PIXELS', help='of A and of B (256)')
    parser.add_argument('--samples', type=int, default=16, metavar='N', help='light paths for each pixel (16)')
    parser.add_argument('--views', type=int, default=1, metavar='N', help='pictures of each model, up to 8 (1)')
    parser.add_argument('--held-out', type=float, default=0.1, metavar='SHARE', help='of the models, for val/ (0.1)')
    parser.add_argument(
        '--only', type=re.compile, default='', metavar='REGEX', help='models whose LIBRARY_MODEL contains it'
    )
    parser.add_argument(
        '--part', default='1/1', metavar='I/N', help='every Nth model, from the Ith: for several processes'
    )
    parser.add_argument('--no-tint', action='store_true', help='leave grey things grey')
    parser.add_argument('--all', action='store_true', help='dull models too')
    parser.add_argument(
        '--credits', type=Path, metavar='FILE', help='write authors and licences to FILE, render nothing'
    )
    options = parser.parse_args()
    if not options.credits and not options.output:
        parser.error('OUTPUT is missing')
    return options


def main():
    options = arguments()
    models = read_catalogue(options.models)
    if options.credits:
        options.credits.write_text(credits(models, ABOUT))
        return 0

    models = [
        m for m in models if (options.all or not SKIPPED.fullmatch(m.name)) and re.search(options.only, m.unique_name)
    ]
    first, step = map(int, options.part.split('/'))
    failed = 0
    for model in models[first - 1 :: step]:
        folder = options.output / ('val' if model.held_out(options.held_out) else 'train')
        folder.mkdir(parents=True, exist_ok=True)
        names = [(view, f'{model.unique_name}-{view}') for view in range(options.views)]
        names = [(view, name) for view, name in names if not (folder / f'{name}.png').exists()]
        start = time.time()
        try:
            for name, pair in render_views(model, names, options) if names else ():
                Image.fromarray(pair).save(folder / f'{name}.unfinished', 'PNG')
                (folder / f'{name}.unfinished').rename(folder / f'{name}.png')
                print(f'{folder.name}/{name}.png  {time.time() - start:.1f} s', flush=True)
                start = time.time()
        except (ValueError, RuntimeError, OSError) as error:
            failed += 1
            print(f'{model.unique_name}: {error}', file=sys.stderr, flush=True)
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
