#!/usr/bin/env python3
"""Renders house fronts and rooms with the 3D models that objects.py renders: pairs of label map | picture.

    python3 scenes.py models pairs/fronts fronts --count 360
    python3 scenes.py models pairs/rooms rooms --count 320

objects.py says what to install, and where the models are from. Each seed becomes OUTPUT/train/KIND-SEED.png, or
OUTPUT/val/ for every 12th: 512x256, A left, B right. What val/ shows of windows, doors and furniture train/ does not,
where there are four models of a kind or more. About 3 seconds of one core a front and 8 a room; what exists is skipped,
and --part 1/2 and 2/2 share the work. The seed determines all that is random, so the pairs are the same everywhere, but
for the last bits, which depend on the versions of Mitsuba and pyoidn.

A is as a person would draw it: a colour for each label, balconies, legs and leaves as filled shapes, no specks.
Whatever A leaves open, a network has to guess, and the average of all guesses is brown. So there are few styles, each
with few colours, and labels tell them: what walls are of, shutters, or that a room with a bed is a bedroom. Patterns of
walls, floors and roofs are computed here, the rest is from the models. Who made them: LICENSE-labels2front.txt and
LICENSE-labels2room.txt, whose ends --credits writes.
"""

import argparse
import functools
import json
import math
import re
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import mitsuba as mi
import numpy as np
from PIL import Image, ImageDraw
from pyoidn.denoise import denoise
from scipy import ndimage

import objects
from objects import Part, to_bytes, to_linear, to_srgb

# The colours of A, by kind. www/ makes the palettes of the page from them.
CLASSES = {
    'fronts': {
        'sky': '#66ccff',
        'ground': '#888888',
        # What a wall is of also tells the roof and the ground: a network can't guess it.
        'plaster': '#ffdd55',
        'brick': '#ff7f00',
        'stone': '#a8a800',
        'boards': '#90f000',
        'whitewash': '#ffb0d8',
        'window': '#0040ff',
        'door': '#804000',
        'shutter': '#00d0a0',
        'balcony': '#b000d0',
        'trim': '#ffffff',
        'base': '#303030',
        'roof': '#e02020',
        'plant': '#108010',
    },
    'rooms': {
        'wall': '#ffdd55',
        'floor': '#888888',
        'ceiling': '#ffffff',
        'window': '#0040ff',
        'curtain': '#66ccff',
        'door': '#804000',
        'bed': '#ff50a8',
        'sofa': '#e02020',
        'chair': '#ff8800',
        'table': '#90f000',
        'cabinet': '#00d0a0',
        'lamp': '#ff00ff',
        'plant': '#108010',
        'picture': '#7000b0',
        'rug': '#700040',
        'bath': '#00ffff',
        'appliance': '#202020',
    },
}

# What may stand where: models, with their libraries where two have the same name.
WINDOWS = """
    window-01 window-08 window-08-02 window_2x1_medium_with_large_pane window_2x3 window_2x3_regular window_2x4
    window_2x6 window_4x1 window_4x3 window_4x5 window_3x1
"""
MODELS = {
    'fronts': {
        'window': WINDOWS,
        'door': """
            exterior-door-01 exterior-door-02 exterior-door-03 exterior-door-05 exterior-door-07 double_door_2
            double_door_with_little_part double_door glass_door puerta door
        """,
        'railing': 'fence iron-railing-02 iron-railing-1 iron-railing-2 iron-railing-3',
        'shutter': 'window-shutter',
        'hedge': 'hedgeTextured',
        'tree': 'cypress',
    },
    'rooms': {
        'window': WINDOWS,
        'door': 'double_door_with_little_part double_door_2 glass_door puerta door',
        'sofa': """
            couch BlendSwap-CC-0_sofa2 BlendSwap-CC-BY_sofa2 sofa3 couch3 winchesterSofa futon-couch
            mid-century-sofa clear_sofa simple_sofa beige_sofa_2seats beige_sofa burlap_sofa leather_sofa
            sofa_white_beige convertible-sofa-BZ-closed
        """,
        'armchair': """
            BlendSwap-CC-0_armchair2 Scopia_armchair2 winchesterArmchair BlendSwap-CC-BY_armchair1 fotel armChair2
            mid-century-chair armchair3 Scopia_armchair modern_armchair puff modernArmchair
        """,
        'chair': """
            oakChair plasticChair BlendSwap-CC-0_chair Scopia_chair BlendSwap-CC-0_chairWithCushion
            BlendSwap-CC-BY_chairWithCushion chair2 osakaChair thonet ella_chair_f plaidChair kitchenChair
            BlendSwap-CC-BY_chair3 Scopia_chair3 BlendSwap-CC-BY_chair4 Scopia_chair4 cafe_set_mota_chair
            cafe_set_tonon_chair dining-chair plastic_chair white_kitchen_chair
        """,
        'office chair': 'office-chair office_chair kids_desk_chair BlendSwap-CC-0_armchair',
        'table': """
            oakTable BlendSwap-CC-BY_table folding-table table4 wooden_table_office white_kitchen_table round-table
            table-with-leaning-feet black_table
        """,
        'coffee table': 'coffeeTable saloon_table table_wood_and_iron living_room_table coffee-table2',
        'desk': """
            lbDesk biurko3 simpleDesk officeTable kids_desk_table kids_wooden_desk wooden_office_alder_table
            wooden_office_pear_table_rect
        """,
        'bed': """
            BlendSwap-CC-0_bed1 Scopia_bed1 bed2 bed3 bedWithTexture lettoCloud iron_bed juniorBed children_bed
            captains-bed
        """,
        'bedside table': 'bedsideTable bedsideTable2',
        'wardrobe': 'BlendSwap-CC-BY_wardrobe wardrobe1 wardrobe2 wardrobeWithSlidingDoors cupboard',
        'shelf': 'BlendSwap-CC-0_bookcase BlendSwap-CC-BY_bookcase full-bookcase kids_shelves verticalShelves',
        'low cabinet': 'chest dresserWithDrawers tvStand BlendSwap-CC-0_shelves box_room changing-table',
        'plant': """
            BlendSwap-CC-0_plant BlendSwap-CC-0_decorativePlant BlendSwap-CC-BY_decorativePlant mediumIndoorPlant
            yuccaPlant maceta ficus
        """,
        'small plant': 'augalas bonsai-tree littlePlant succulentPlant cactus',
        'floor lamp': 'living_lamp',
        'lamp': """
            BlendSwap-CC-BY_lamp little_lamp1 little_lamp2 little_lamp3 livingroom_lamp1 pedestal-vase-lamp desklamp
        """,
        'hanging lamp': 'hangingLight hanging-restaurant-light lamp2',
        'tub': 'bath_jay_hardy islandBath corner_bathtub',
        'toilet': 'toiletsUnit toilets_unit_jay_hardy modernToilet',
        'basin': 'washbasin washbasin_jay_hardy modernVanity bathroom_vanity double_vanity',
        'towel': 'towel3 bathroomRadiator radiatorAndTowels',
        'washing machine': 'washing_machine clothes_washing_machine dryer_machine',
        'fridge': 'fridge refrigerator largeFridge',
        'stove': 'propane-stove largeStove doubleOven',
        'kitchen cabinet': 'kitchenLowerCabinet kitchenDrawersCabinet kitchenSmallLowerCabinet kitchenSink',
        'kitchen cabinet above': 'kitchenUpperCabinet kitchenSmallUpperCabinet kitchenGlassDoorCabinet',
        'television': 'led_tv tv',
        'computer': 'laptop apple-ibook-2001 apple_pc apple-imac-1998',
        'fruit': 'bowlWithFruits apples bowlWithSalad',
    },
}

SIZE = 256
FINER = 3  # labels, and what helps against noise, are traced this many times larger
SAMPLES = {'fronts': 9, 'rooms': 16}  # light paths for each pixel: a square
TEXELS = 1.4  # of a pattern, for each cm


# Patterns: linear RGB, and how large they are in cm. They continue at their borders.


def rgb(text):
    """The linear RGB of #rrggbb."""
    return to_linear([int(text[at : at + 2], 16) / 255 for at in (1, 3, 5)])


def vary(random, color, by=0.03):
    """A colour near by: lighter or darker, warmer or colder."""
    return np.clip(
        color * (1 + random.normal(0, by)) * (1 + np.array([1, 0, -1]) * random.normal(0, by / 2)), 0.01, 0.9
    )


@dataclass
class Pieces:
    """What lies in rows, such as bricks. For each texel: which piece it is of, and where in it."""

    size: tuple  # of the pattern, in cm
    row: np.ndarray
    column: np.ndarray
    tone: np.ndarray  # standard normal
    x: np.ndarray  # cm from the left
    y: np.ndarray  # cm from the top
    joint: np.ndarray  # cm to the nearest edge


def lay(random, rows, columns, width, height, shift=0.5):
    """Pieces of width x height cm. Every second row is shifted by `shift` of a piece; if None, each at random."""
    size = columns * width, rows * height
    y, x = np.indices((round(size[1] * TEXELS), round(size[0] * TEXELS))) / TEXELS
    row = np.minimum(y // height, rows - 1).astype(int)
    offset = random.random(rows) * size[0] if shift is None else np.arange(rows) % 2 * shift * width
    x = (x + offset[row]) % size[0]
    column = np.minimum(x // width, columns - 1).astype(int)
    x, y = x - column * width, y - row * height
    joint = np.minimum(np.minimum(x, width - x), np.minimum(y, height - y))
    return Pieces(size, row, column, random.normal(0, 1, (rows, columns))[row, column], x, y, joint)


def noise(random, shape, *sigma):
    """Smooth noise with a deviation of 1, the sum of one for each size of its spots."""
    layers = [ndimage.gaussian_filter(random.normal(0, 1, shape), s, mode='wrap') for s in sigma]
    return sum(layer / layer.std() for layer in layers) / math.sqrt(len(sigma))


def shade(color, light):
    return color * np.clip(light, 0, 2)[..., None]


def mix(a, b, share):
    return a + (b - a) * np.clip(share, 0, 1)[..., None]


def soften(image, sigma=0.6):
    return ndimage.gaussian_filter(image, (sigma, sigma, 0), mode='wrap')


def bricks(random, color):
    pieces = lay(random, 20, 8, 40, 15)
    mortar = mix(color, rgb('#e8ddcc'), np.array(0.6))
    light = 1 + 0.12 * pieces.tone + 0.03 * noise(random, pieces.x.shape, 1.5)
    return soften(mix(shade(color, light), mortar, (2.2 - pieces.joint) / 1.2)), pieces.size


def stones(random, color, width=88, height=44):
    pieces = lay(random, 8, 4, width, height)
    light = 1 + 0.05 * pieces.tone + 0.025 * noise(random, pieces.x.shape, 1.5, 6)
    return soften(shade(color, light * (1 - 0.3 * np.clip((3 - pieces.joint) / 2, 0, 1)))), pieces.size


def plaster(random, color):
    size = 400
    shape = (round(size * TEXELS),) * 2
    return shade(color, 1 + 0.015 * noise(random, shape, 1.5, 25)), (size, size)


def roughcast(random, color):
    size = 400
    shape = (round(size * TEXELS),) * 2
    return shade(color, 1 + 0.05 * noise(random, shape, 2.5) + 0.015 * noise(random, shape, 25)), (size, size)


def boards(random, color):
    """Weatherboards, each in the shadow of the one above."""
    pieces = lay(random, 16, 1, 400, 20)
    light = 1 + 0.02 * pieces.tone - 0.34 * np.exp(-pieces.y / 2.2)
    return soften(shade(color, light)), pieces.size


def roof_tiles(random, color):
    pieces = lay(random, 10, 12, 32, 36)
    light = 0.72 + 0.36 * np.sin(np.pi * pieces.x / 32) - 0.35 * np.exp(-pieces.y / 3)
    return soften(shade(color, light * (1 + 0.1 * pieces.tone))), pieces.size


def slates(random, color):
    pieces = lay(random, 12, 10, 40, 30)
    light = (1 + 0.1 * pieces.tone) * (1 - 0.4 * np.exp(-pieces.joint / 1.5))
    return soften(shade(color, light)), pieces.size


def paving(random, color):
    pieces = lay(random, 10, 6, 70, 70)
    light = (1 + 0.06 * pieces.tone) * (1 - 0.3 * np.exp(-pieces.joint / 3))
    return soften(shade(color, light)), pieces.size


def parquet(random, color):
    pieces = lay(random, 20, 3, 130, 14, None)
    grain = ndimage.gaussian_filter(random.normal(0, 1, pieces.x.shape), (0.6, 12), mode='wrap')
    light = 1 + 0.09 * pieces.tone + 0.05 * grain / grain.std()
    return soften(shade(color, light * (1 - 0.3 * np.exp(-pieces.joint / 0.8)))), pieces.size


def tiles(random, color, width=24, joint='#ffffff'):
    pieces = lay(random, 12, 12, width, width, 0)
    image = mix(shade(color, 1 + 0.03 * pieces.tone), rgb(joint), (1.4 - pieces.joint) / 0.8)
    return soften(image), pieces.size


def checker(random, color, width=42):
    pieces = lay(random, 8, 8, width, width, 0)
    image = mix(rgb('#f4f1ea') * np.ones((*pieces.x.shape, 1)), color, (pieces.row + pieces.column) % 2)
    return soften(shade(image, 1 + 0.02 * pieces.tone)), pieces.size


def stripes(random, color):
    size = 240
    x = np.indices((round(size * TEXELS),) * 2)[1] / TEXELS
    return soften(shade(color, 1 - 0.09 * (x % 20 < 10))), (size, size)


def grass(random, color):
    size = 500
    shape = (round(size * TEXELS),) * 2
    return shade(color, 1 + 0.16 * noise(random, shape, 2) + 0.08 * noise(random, shape, 20)), (size, size)


# Surfaces


@dataclass(eq=False)
class Surface:
    bsdf: dict
    size: tuple = (100, 100)  # of its pattern, in cm


def diffuse(reflectance):
    return {'type': 'twosided', 'bsdf': {'type': 'diffuse', 'reflectance': reflectance}}


def plain(color):
    return Surface(diffuse({'type': 'rgb', 'value': [float(c) for c in np.clip(color, 0.01, 0.9)]}))


def patterned(pattern):
    image, size = pattern
    bitmap = mi.Bitmap(np.clip(image, 0.01, 0.9).astype(np.float32))
    return Surface(diffuse({'type': 'bitmap', 'bitmap': bitmap, 'raw': True}), size)


# Scenes: x to the right, y up, z towards the camera, in cm


@functools.cache
def read_model(model):
    """The model's parts in cm, standing on the ground at the origin, and its materials."""
    parts, materials = objects.read_obj(model.path)
    if 'modelRotation' in model.entry:
        rotation = np.array(model.entry['modelRotation'].split(), float).reshape(3, 3)
        for part in parts:
            part.positions = part.positions @ rotation.T
            part.normals = None if part.normals is None else part.normals @ rotation.T
    objects.place(parts)
    objects.add_normals(parts)
    points = np.concatenate([part.positions.reshape(-1, 3) for part in parts])
    extent = np.maximum(np.ptp(points, axis=0), 1e-6)
    for part in parts:
        part.positions = part.positions / extent * model.size
    objects.add_colors(parts, materials)
    return parts, materials


class Scene:
    def __init__(self):
        self.parts = {}  # by class and surface
        self.outlines = []  # what the label map shows filled: its class, and corners

    def add(self, label, surface, positions, uv, normals):
        self.parts.setdefault((label, surface), []).append((positions, uv, normals))

    def face(self, label, corners, surface, origin=None):
        """A flat, convex polygon. Its pattern begins at `origin`, or its first corner; the second is to the right."""
        corners = np.array(corners, float)
        right = corners[1] - corners[0]
        right /= np.linalg.norm(right)
        normal = np.cross(right, corners[2] - corners[0])
        normal /= np.linalg.norm(normal)
        offset = corners - (corners[0] if origin is None else origin)
        uv = np.stack([offset @ right, offset @ np.cross(normal, right)], -1) / surface.size
        triangles = [(0, at, at + 1) for at in range(1, len(corners) - 1)]
        count = len(triangles)
        self.add(label, surface, corners[triangles], uv[triangles], np.tile(normal, (count, 3, 1)))

    def box(self, label, low, high, surface):
        (x0, y0, z0), (x1, y1, z1) = low, high
        self.face(label, [(x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)], surface)  # front
        self.face(label, [(x0, y0, z0), (x0, y0, z1), (x0, y1, z1), (x0, y1, z0)], surface)  # left
        self.face(label, [(x1, y0, z1), (x1, y0, z0), (x1, y1, z0), (x1, y1, z1)], surface)  # right
        self.face(label, [(x0, y1, z1), (x1, y1, z1), (x1, y1, z0), (x0, y1, z0)], surface)  # top
        self.face(label, [(x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)], surface)  # bottom

    def model(self, label, model, surfaces, at, turn=0, size=None):
        """Puts a model there, turned about the vertical, as large as `size` or as the catalogue says.

        `surfaces` are by material; of what has none there nothing is seen.
        """
        scale = 1 if size is None else np.array(size) / model.size
        cos, sin = math.cos(turn), math.sin(turn)
        rotation = np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]])
        for part in read_model(model)[0]:
            if surface := surfaces.get(part.material):
                uv = np.zeros((len(part.positions), 3, 2)) if part.uv is None else part.uv
                self.add(label, surface, part.positions * scale @ rotation.T + at, uv, part.normals @ rotation.T)

    def shapes(self):
        """All that is there, for Mitsuba."""
        shapes = {}
        for index, ((_, surface), pieces) in enumerate(self.parts.items()):
            part = Part('', *(np.concatenate(values) for values in zip(*pieces)))
            shapes[f'shape{index:04}'] = objects.mesh(f'shape{index:04}', part, surface.bsdf)
        return shapes

    def labels(self, classes):
        """The same as one shape, whose colour tells the class: red and green add up to 1."""
        positions, red = [], []
        for (label, _), pieces in self.parts.items():
            positions += [piece[0] for piece in pieces]
            red += [np.full(3 * len(piece[0]), (classes.index(label) + 0.5) / len(classes)) for piece in pieces]
        positions, red = np.concatenate(positions), np.concatenate(red)
        normals = objects.face_normals(positions)
        normals = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-20)
        part = Part('', positions, None, np.repeat(normals[:, None], 3, 1))
        shape = objects.mesh('labels', part, diffuse({'type': 'mesh_attribute', 'name': 'vertex_color'}))
        shape.add_attribute('vertex_color', 3, np.stack([red, 1 - red, 0 * red], -1).astype(np.float32).ravel())
        return {'labels': shape}


# Pictures and label maps


@dataclass
class Camera:
    at: np.ndarray
    target: np.ndarray
    field_of_view: float  # degrees
    lower: float = 0  # how far below the target the middle of the picture is, as a share of its height

    def sensor(self, size, samples, even):
        sensor = objects.sensor(self.at, self.target, size, samples)
        sensor.update({'fov': float(self.field_of_view), 'near_clip': 1.0, 'far_clip': 1e5})
        sensor['principal_point_offset_y'] = self.lower
        sensor['sampler'] = {'type': 'stratified', 'sample_count': samples, 'jitter': not even}
        return mi.load_dict(sensor)

    def project(self, points, size):
        """Where points are in the picture, in pixels."""
        forward = self.target - self.at
        forward = forward / np.linalg.norm(forward)
        right = np.cross(forward, [0, 1, 0])
        right /= np.linalg.norm(right)
        offset = np.array(points) - self.at
        scale = size / 2 / math.tan(math.radians(self.field_of_view / 2)) / (offset @ forward)
        return np.stack(
            [size / 2 + scale * (offset @ right), size / 2 - scale * (offset @ np.cross(right, forward))], -1
        )


def most(labels, finer):
    """The label that most of finer x finer pixels have."""
    size = len(labels) // finer
    blocks = labels.reshape(size, finer, size, finer)
    counts = np.stack([(blocks == label).sum((1, 3)) for label in range(labels.max() + 1)], -1)
    return counts.argmax(-1)


def smooth(labels, least=14):
    """Without ragged borders, and without pieces of fewer pixels than `least`."""
    for _ in range(2):
        counts = [ndimage.uniform_filter((labels == label) * 9.0, 3) for label in range(labels.max() + 1)]
        counts = np.stack(counts, -1)
        np.put_along_axis(counts, labels[..., None], np.take_along_axis(counts, labels[..., None], -1) + 0.5, -1)
        labels = counts.argmax(-1)
    speck = np.zeros(labels.shape, bool)
    for label in np.unique(labels):
        speck |= (labels == label) & ~objects.connected(labels == label, least)
    nearest = ndimage.distance_transform_edt(speck, return_distances=False, return_indices=True)
    return labels[tuple(nearest)]


def fill(labels, label, over, reach):
    """Closes gaps of the label, up to `reach` pixels wide, where they show one of `over`."""
    around = np.hypot(*np.indices((reach + 1, reach + 1)) - reach / 2) <= reach / 2 + 0.2
    closed = ndimage.binary_closing(np.pad(labels == label, reach), around)[reach:-reach, reach:-reach]
    return np.where(closed & np.isin(labels, over), label, labels)


def trace(shapes, lights, camera, size, samples, depth, seed=0, even=False):
    world = {'type': 'scene', 'integrator': {'type': 'path', 'max_depth': depth}, **lights, **shapes}
    world = mi.load_dict(world, parallel=False)  # or the order of the lamps, and with it the noise, may differ
    picture = mi.render(world, sensor=camera.sensor(size, samples, even), spp=samples, seed=seed)
    return np.nan_to_num(np.array(picture)[..., :3])


def render(scene, camera, lights, classes, samples, seed):
    """The label map, as indices into `classes`, finer than the picture; and the picture as linear RGB, without noise.

    A lamp at the camera makes no shadows. What is seen by its light, divided by what it would be if all were white, are
    the colours: the codes of the labels, and what the denoiser needs. (The integrator `aov` takes 20 times longer.)
    """
    shapes = scene.shapes()
    picture = trace(shapes, lights, camera, SIZE, samples, 5, seed)
    lamp = {'type': 'rgb', 'value': float(math.pi * ((camera.target - camera.at) ** 2).sum())}
    lamp = {'lamp': {'type': 'point', 'position': [float(c) for c in camera.at], 'intensity': lamp}}
    coded = trace(scene.labels(classes), lamp, camera, SIZE * FINER, 1, 2, even=True)
    white = coded[..., 0] + coded[..., 1]
    labels = (coded[..., 0] / np.maximum(white, 1e-9) * len(classes)).astype(int)
    white = white.reshape(SIZE, FINER, SIZE, FINER).mean((1, 3))[..., None]
    color = trace(shapes, lamp, camera, SIZE, FINER**2, 2, even=True) / np.maximum(white, 1e-9)
    color = np.where(white > 0, np.clip(color, 0, 1), 0)
    picture, color = (np.ascontiguousarray(values, np.float32) for values in (picture, color))
    return labels, np.array(denoise(picture, albedo=color, hdr=True))


def shown(picture):
    """Linear RGB as it is shown: what is too bright comes near white, but keeps its colour."""
    over = np.maximum(picture - 0.75, 0)
    return to_srgb(np.minimum(picture, 0.75) + 0.25 * (1 - np.exp(-over / 0.25)))


# House fronts


@dataclass
class Style:
    """How fronts look that have something in common. Colours: one of them is taken."""

    wall: str  # the label
    patterns: list
    walls: str
    trims: str
    bases: str
    roof: object
    roofs: str
    frames: str
    doors: str
    ground: object
    grounds: str
    floors: tuple = (2, 4)
    columns: tuple = (3, 5)
    shutters: str = ''
    balconies: float = 0  # the share of fronts that have some
    flowers: float = 0  # the share of fronts with flower boxes
    greenery: float = 0  # the share of fronts with hedges or trees
    surround: float = 0.5  # the share of fronts whose windows have trim all round
    pitched: float = 1  # the share of fronts whose roof is seen
    gables: float = 0  # the share of these whose roof is seen from its side


STYLES = {
    'southern': Style(
        wall='plaster',
        patterns=[plaster, plaster, roughcast],
        walls='#f2c46a #eea184 #f5dfa8 #eeab6c',
        trims='#fdf6e6',
        bases='#cdbfa8',
        roof=roof_tiles,
        roofs='#d2703f #c9653c',
        frames='#ffffff #f3ead6',
        doors='#8a5430 #3f7d5c #2f6f86',
        ground=paving,
        grounds='#c4b8a4',
        shutters='#3f8a63 #3a86b0 #2e7c80 #6fa05a',
        balconies=0.45,
        flowers=0.6,
        surround=0.3,
    ),
    'brick': Style(
        wall='brick',
        patterns=[bricks],
        walls='#c0603f #b95a42',
        trims='#f6f1e6',
        bases='#cfc8bb',
        roof=slates,
        roofs='#66758a',
        frames='#ffffff',
        doors='#1f6650 #24508c #b03030',
        ground=paving,
        grounds='#bbb6ae',
        balconies=0.15,
        surround=0.5,
        pitched=0.6,
    ),
    'stone': Style(
        wall='stone',
        patterns=[stones],
        walls='#ecdcb6 #e6d4aa',
        trims='#f7eed8',
        bases='#cdbd9c',
        roof=slates,
        roofs='#73859a',
        frames='#ffffff #e8e4d8',
        doors='#2b6a5e #2b4f86 #80452a',
        ground=paving,
        grounds='#bdb5a6',
        floors=(3, 4),
        balconies=0.9,
        surround=0.7,
        pitched=0.7,
    ),
    'northern': Style(
        wall='boards',
        patterns=[boards],
        walls='#a6c9e2 #b4d2ac #f6e08e',
        trims='#fdfdfa',
        bases='#b9b6b0',
        roof=roof_tiles,
        roofs='#b4553f',
        frames='#ffffff',
        doors='#c23b32 #2c6a9c #2f7a55',
        ground=grass,
        grounds='#94aa5c',
        floors=(1, 2),
        columns=(2, 4),
        flowers=0.5,
        greenery=0.7,
        surround=1,
        gables=0.6,
    ),
    'villa': Style(
        wall='whitewash',
        patterns=[plaster],
        walls='#fdf6ea',
        trims='#efe6d4',
        bases='#c9b79c',
        roof=roof_tiles,
        roofs='#d97a4a',
        frames='#ffffff',
        doors='#2f6fae #7a4a2c',
        ground=grass,
        grounds='#98ac62',
        floors=(1, 2),
        columns=(2, 4),
        shutters='#3574b8 #4a90b8',
        flowers=0.8,
        greenery=0.7,
        surround=0.2,
    ),
}

FLOWERS = '#e8384f #f05a8c #ffd23f #ffffff #c04fd0'


class Choices:
    """What is left to chance: models, of those that train/ or val/ may show, and colours."""

    def __init__(self, random, models):
        self.random, self.models = random, models

    def model(self, name):
        return self.one(self.models[name])

    def color(self, colors, by=0.03):
        return vary(self.random, rgb(self.one(colors.split())), by)

    def happens(self, share):
        return self.random.random() < share

    def between(self, low, high):
        return self.random.uniform(low, high)

    def one(self, options):
        return options[self.random.integers(len(options))]

    def shuffled(self, *options):
        return [options[at] for at in self.random.permutation(len(options))]

    def whole(self, low, high):
        return int(self.random.integers(low, high + 1))


def opaque(model):
    return [name for name, m in read_model(model)[1].items() if m.get('d', 1) >= 0.95]


def painted(model, paint, metal=plain(rgb('#8a8a86'))):
    """Surfaces for a window or a door that is painted all over, but for handles and hinges. It has no panes."""
    return {name: metal if re.search('lock|gond|metal|handle', name, re.I) else paint for name in opaque(model)}


def panes(choose, width, height):
    """What is seen through a window from outside: curtains, the dark behind them, and the sky that it mirrors."""
    y, x = np.indices((96, 64)) / [[[96]], [[64]]]
    image = mix(rgb('#b4d2ea') * np.ones((96, 64, 1)), rgb('#3e5468'), 1.25 * y + 0.15 * (x - 0.5))
    folds = 0.5 + 0.12 * np.sin(x * choose.between(50, 80))
    if choose.happens(0.7):
        image = mix(image, shade(rgb('#fffaf0'), folds), (np.abs(x - 0.5) - choose.between(0.24, 0.36)) * 20 + 0.3 * y)
    else:
        image = mix(image, shade(rgb('#fff6e0'), folds * 0 + 0.6), (choose.between(0.2, 0.5) - y) * 60)
    return patterned((image, (width, height)))


def foliage(scene, choose, low, high, leaf, flowers, count):
    """A box full of leaves, some of which are flowers."""
    low, high = np.array(low), np.array(high)
    random = choose.random
    center = low + random.random((count, 3)) * (high - low)
    blossom = random.random(count) < 0.35
    for surface, which in (leaf, ~blossom), (flowers, blossom):
        at = center[which]
        a, b = random.normal(0, 1, (2, len(at), 3))
        a /= np.linalg.norm(a, axis=1, keepdims=True)
        b = np.cross(a, b)
        b /= np.linalg.norm(b, axis=1, keepdims=True)
        reach = random.uniform(3, 6, (len(at), 1)) * (1.3 if surface is flowers else 1)
        corners = np.stack([at - reach * a, at + reach * b, at + reach * a, at - reach * b], 1)
        triangles = corners[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3, 3)
        normals = np.repeat(np.repeat(np.cross(a, b), 2, 0)[:, None], 3, 1)
        scene.add('plant', surface, triangles, np.zeros((len(triangles), 3, 2)), normals)
    (x0, y0, _), (x1, y1, z1) = low, high
    scene.outlines.append(('plant', [(x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)]))


def wall_with_holes(scene, label, surface, left, right, top, holes):
    xs = sorted({left, right, *(x for hole in holes for x in hole[:2])})
    ys = sorted({0, top, *(y for hole in holes for y in hole[2:])})
    for x0, x1 in zip(xs, xs[1:]):
        for y0, y1 in zip(ys, ys[1:]):
            x, y = (x0 + x1) / 2, (y0 + y1) / 2
            if not any(hole[0] < x < hole[1] and hole[2] < y < hole[3] for hole in holes):
                scene.face(label, [(x0, y0, 0), (x1, y0, 0), (x1, y1, 0), (x0, y1, 0)], surface, origin=(left, 0, 0))


def upright(x0, x1, y0, y1, z):
    """The corners of a rectangle that looks at the camera."""
    return [(x0, y0, z), (x1, y0, z), (x1, y1, z), (x0, y1, z)]


STEP = 18  # how high the door is above the ground
NEAREST = 480  # of the ground, in cm, is at least in the picture
DISTANCE = 3000  # of the camera


class Front:
    """A house front, seen from straight before it. The middle of its wall is at x = 0, its face at z = 0."""

    def __init__(self, choose):
        self.choose, self.scene = choose, Scene()
        self.paint()
        self.measure()
        self.openings()
        self.lines()
        self.roof()
        self.surroundings()

    def paint(self):
        choose = self.choose
        self.style = style = choose.one(list(STYLES.values()))
        pattern = choose.one(style.patterns)
        self.wall = patterned(pattern(choose.random, choose.color(style.walls)))
        self.trim, self.frame = plain(choose.color(style.trims, 0.01)), plain(choose.color(style.frames, 0.01))
        self.base = patterned(stones(choose.random, choose.color(style.bases), 70, 30))
        self.shutter = plain(choose.color(style.shutters)) if style.shutters else None
        self.door_paint = plain(choose.color(style.doors))
        self.iron = plain(rgb('#22262a'))
        self.leaf = plain(vary(choose.random, rgb('#4f9a3a'), 0.05))

    def measure(self):
        """How large everything is."""
        choose, style = self.choose, self.style
        self.floors, columns = choose.whole(*style.floors), choose.whole(*style.columns)
        self.columns = max(columns, self.floors - 1)
        self.window_model, self.storey = choose.model('window'), choose.between(280, 320)
        ratio = self.window_model.size[0] / self.window_model.size[1] * choose.between(0.95, 1.15)
        self.tall = self.storey * choose.between(0.5, 0.6)  # of a window
        self.wide = float(np.clip(self.tall * ratio, 70, 150))
        beside = choose.between(2.15, 2.4) if self.shutter else choose.between(1.5, 2.1)
        self.bay = self.wide * beside + choose.between(20, 50)
        self.edge = choose.between(15, 45)
        self.width = self.columns * self.bay + 2 * self.edge
        self.height = self.floors * self.storey + choose.between(25, 60)
        self.left, self.right = -self.width / 2, self.width / 2

        self.pitched, self.gable = choose.happens(style.pitched), choose.happens(style.gables)
        self.rise = 0  # of the roof
        if self.pitched and self.gable:
            self.rise = self.width * choose.between(0.35, 0.5)
        elif self.pitched:
            self.rise = min(choose.between(0.22, 0.42) * self.width, choose.between(140, 260))

        whole = self.width * choose.between(1.1, 1.45), (self.height + self.rise) * choose.between(1.14, 1.3)
        self.side = max(whole)  # of the picture
        if choose.happens(0.35):  # so near that the house goes on beyond the picture
            self.side = max(min(self.side, self.width * choose.between(0.75, 0.97)), NEAREST)
        self.thick = max(13, 3.6 * self.side / SIZE)  # of trim: a line that can be drawn

    def openings(self):
        choose = self.choose
        self.holes = []  # x from and to, y from and to
        door_column = choose.whole(0, self.columns - 1)
        self.surrounded, self.boxes = choose.happens(self.style.surround), choose.happens(self.style.flowers)
        self.balconies = choose.happens(self.style.balconies) and self.floors > 1
        every, start = choose.whole(1, 2), choose.whole(0, 1)
        self.railing = choose.model('railing')
        self.glass = [panes(choose, self.wide, self.tall) for _ in range(2)]
        self.bloom = plain(rgb(choose.one(FLOWERS.split())))
        for floor in range(self.floors):
            for column in range(self.columns):
                x = self.left + self.edge + self.bay * (column + 0.5)
                if floor == 0 and column == door_column:
                    self.door(x)
                else:
                    self.window(x, floor, self.balconies and floor > 0 and (column + start) % every == 0)
        wall_with_holes(self.scene, self.style.wall, self.wall, self.left, self.right, self.height, self.holes)
        for hole in self.holes:  # the wall is thick
            label, (x0, x1, y0, y1) = 'door' if hole is self.doorway else 'window', hole
            for a, b in ((x0, y0), (x0, y1)), ((x1, y1), (x1, y0)), ((x0, y1), (x1, y1)), ((x1, y0), (x0, y0)):
                self.scene.face(label, [(*a, 0), (*a, -22), (*b, -22), (*b, 0)], self.trim)

    def door(self, x):
        choose, scene, thick = self.choose, self.scene, self.thick
        model = choose.model('door')
        wide = min(model.size[0] * choose.between(1.1, 1.3), self.bay - 30, 165)
        tall = choose.between(225, 250)
        x0, x1, y0, y1 = self.doorway = x - wide / 2, x + wide / 2, STEP, STEP + tall
        self.holes.append(self.doorway)
        scene.model('door', model, painted(model, self.door_paint), (x, y0, -14), 0, (wide, tall, 14))
        scene.face('door', upright(x0, x1, y0, y1, -20), self.glass[0])
        scene.box('base', (x0 - 22, 0, -20), (x1 + 22, STEP, 40), self.base)
        self.jambs(x0, x1, y0, y1, 6)
        scene.box('trim', (x0 - thick * 1.5, y1, 0), (x1 + thick * 1.5, y1 + thick * 1.2, 14), self.trim)

    def jambs(self, x0, x1, y0, y1, z):
        """Trim at both sides of an opening."""
        for low, high in ((x0 - self.thick, x0), (x1, x1 + self.thick)):
            self.scene.box('trim', (low, y0, 0), (high, y1, z), self.trim)

    def window(self, x, floor, balcony):
        choose, scene, thick, wide = self.choose, self.scene, self.thick, self.wide
        sill = floor * self.storey + (self.storey - self.tall) * 0.55 + 10
        y0, y1 = floor * self.storey + 20 if balcony else sill, sill + self.tall
        x0, x1 = x - wide / 2, x + wide / 2
        self.holes.append((x0, x1, y0, y1))
        model = self.window_model
        scene.model('window', model, painted(model, self.frame), (x, y0, -16), math.pi, (wide, y1 - y0, 14))
        glass = Surface(choose.one(self.glass).bsdf, (wide, y1 - y0))
        scene.face('window', upright(x0, x1, y0, y1, -19), glass)
        if self.surrounded and not self.shutter:
            self.jambs(x0, x1, y0, y1, 5)
        if self.surrounded or self.style.surround > 0.4:
            scene.box('trim', (x0 - thick * 1.2, y1, 0), (x1 + thick * 1.2, y1 + thick * 1.1, 8), self.trim)
        if self.shutter:
            for sign in (-1, 1):
                model = choose.model('shutter')
                at = (x + sign * (wide * 0.75 + 2), y0, 4)
                surfaces = dict.fromkeys(opaque(model), self.shutter)
                scene.model('shutter', model, surfaces, at, 0, (wide / 2, y1 - y0, 4))
        if balcony:
            self.balcony(x, y0)
            return
        scene.box('trim', (x0 - thick, y0 - thick, 0), (x1 + thick, y0, 12), self.trim)
        if self.boxes:
            foliage(scene, choose, (x0, y0 - 2, 2), (x1, y0 + 30, 26), self.leaf, self.bloom, 300)

    def balcony(self, x, y):
        low, high = x - self.wide / 2 - 22, x + self.wide / 2 + 22
        self.scene.box('balcony', (low, y - 16, 0), (high, y, 55), self.trim)
        surfaces = dict.fromkeys(opaque(self.railing), self.iron)
        self.scene.model('balcony', self.railing, surfaces, (x, y, 52), 0, (high - low, 88, 5))
        self.scene.outlines.append(('balcony', upright(low, high, y - 16, y + 88, 55)))
        if self.boxes:
            corners = (low + 8, y + 58, 52), (high - 8, y + 94, 76)
            foliage(self.scene, self.choose, *corners, self.leaf, self.bloom, 320)

    def lines(self):
        """The base, a line above the ground floor, and lines at the corners."""
        choose, scene, thick, trim, left, right = self.choose, self.scene, self.thick, self.trim, self.left, self.right
        foot, based = choose.between(35, 60), choose.happens(0.85)
        for low, high in ((left - 3, self.doorway[0] - thick), (self.doorway[1] + thick, right + 3)):
            if high - low > 10 and based:
                scene.box('base', (low, 0, -5), (high, foot, 5), self.base)
        if self.floors > 2 and choose.happens(0.6):
            y = self.storey + (0 if self.balconies else 5)
            scene.box('trim', (left - 4, y - thick, -2), (right + 4, y, 9), trim)
        if self.surrounded and choose.happens(0.5):
            for low, high in ((left - 2, left + thick * 1.8), (right - thick * 1.8, right + 2)):
                scene.box('trim', (low, foot, -2), (high, self.height, 4), trim)

    def roof(self):
        choose, scene, height, rise = self.choose, self.scene, self.height, self.rise
        tiles = patterned(self.style.roof(choose.random, choose.color(self.style.roofs)))
        if self.pitched and self.gable:
            self.gable_wall(tiles)
        else:
            low, high = (self.left - 18, height - self.thick * 1.6, -5), (self.right + 18, height, 24)
            scene.box('trim', low, high, self.trim)
            eave = self.right + 35
            if self.pitched:
                top = choose.one([0, 0.4, 0.6, 0.75, 0.97]) * eave  # 0: a triangle
                scene.box('roof', (-eave, height, 10), (eave, height + 6, 40), tiles)
                corners = [(-eave, height + 6, 40), (eave, height + 6, 40), (top, height + rise, -rise)]
                scene.face('roof', [*corners, (-top, height + rise, -rise)], tiles)
            else:
                high = self.right, height + self.thick * 1.5, 0
                scene.box('trim', (self.left, height, -25), high, self.wall)
        if self.pitched and choose.happens(0.6):
            self.chimney()

    def gable_wall(self, tiles):
        """The triangle of wall under a roof that is seen from its side, and a window in it."""
        scene, height, thick, trim = self.scene, self.height, self.thick, self.trim
        peak = height + self.rise
        corners = [(self.left, height, 0), (self.right, height, 0), (0, peak, 0)]
        scene.face(self.style.wall, corners, self.wall, origin=(self.left, 0, 0))
        far, down = self.right + 25, height - 25 * self.rise / self.right
        middle = thick * 1.6
        for label, surface, low, high, z in ('trim', trim, 0, middle, 22), ('roof', tiles, middle, thick * 4, 20):
            for sign in (-1, 1):
                a, b = (sign * far, down, z), (0, peak, z)
                (x0, y0, _), (x1, y1, _) = (a, b) if sign < 0 else (b, a)
                scene.face(
                    label, [(x0, y0 + low, z), (x1, y1 + low, z), (x1, y1 + high, z), (x0, y0 + high, z)], surface
                )
        if self.rise > 190:
            x0, x1, y0 = -40, 40, height + self.rise * 0.2
            y1 = y0 + 90
            scene.face('window', upright(x0, x1, y0, y1, 2), Surface(self.glass[0].bsdf, (x1 - x0, y1 - y0)))
            scene.box('window', (-2, y0, 0), (2, y1, 8), trim)
            self.jambs(x0, x1, y0, y1, 8)
            for y in (y0 - thick, y1):
                scene.box('trim', (x0 - thick, y, 0), (x1 + thick, y + thick, 9), trim)

    def chimney(self):
        choose, rise = self.choose, self.rise
        x = choose.one([-1, 1]) * self.width * choose.between(0.14, 0.26)
        share = 1 - 2 * abs(x) / self.width if self.gable else 0.55
        bottom, top, z = self.height + rise * share - 60, self.height + rise + 50, -rise * 0.55
        stack = patterned(bricks(choose.random, choose.color('#b9694c')))
        self.scene.box('roof', (x - 28, bottom, z - 60), (x + 28, top, z), stack)
        self.scene.box('roof', (x - 34, top, z - 66), (x + 34, top + 12, z + 6), self.trim)

    def surroundings(self):
        """The ground, hedges and trees."""
        choose, scene, style = self.choose, self.scene, self.style
        ground = patterned(style.ground(choose.random, choose.color(style.grounds)))
        corners = [(-4000, 0, DISTANCE), (4000, 0, DISTANCE), (4000, 0, -60), (-4000, 0, -60)]
        scene.face('ground', corners, ground)
        if not choose.happens(style.greenery):
            return
        for sign in (-1, 1):
            if choose.happens(0.45) and self.side > self.width * 1.15:
                tree = choose.model('tree')
                at = (sign * (self.right + choose.between(70, 110)), 0, choose.between(-60, 60))
                tall = min(self.height * choose.between(0.7, 1.2), 560)
                scene.model('plant', tree, greenery(tree), at, choose.between(0, 6), (tall * 0.28, tall, tall * 0.28))
            if choose.happens(0.7):
                low, high = self.left + 10, self.doorway[0] - 40
                if sign > 0:
                    low, high = self.doorway[1] + 40, self.right - 10
                hedge = choose.model('hedge')
                long = choose.between(100, 170)
                for x in np.arange(low + long / 2, high - long / 2 + 1, long * choose.between(1, 1.3)):
                    size = (long, choose.between(60, 85), 60)
                    scene.model('plant', hedge, greenery(hedge), (x, 0, 50), choose.one([0, math.pi]), size)

    def camera(self):
        choose, side, width = self.choose, self.side, self.width
        below = side * choose.between(0.05, 0.13)
        if side < width and side < 0.8 * self.height and choose.happens(0.3):  # neither ground nor door
            below = -self.storey
        x = choose.between(-0.5, 0.5) * (width - side) if side < width else choose.between(-0.3, 0.3) * (side - width)
        target = np.array([x, side / 2 - below, 0])
        return Camera(target + [0, 0, DISTANCE], target, math.degrees(2 * math.atan(side / 2 / DISTANCE)))


@functools.cache
def greenery(model):
    """The surfaces of a plant, greener."""
    parts, materials = read_model(model)
    fresh = lambda material: {**material, 'color': material['color'] * [1.3, 1.7, 1]}
    return {part.material: Surface(objects.bsdf(fresh(materials[part.material])), (1, 1)) for part in parts}


def daylight(choose):
    """A blue sky, and the sun at the upper left."""
    height, width = 128, 64
    polar = (np.arange(height)[:, None] + 0.5) / height * math.pi
    up = np.cos(polar) * np.ones((height, width))
    sky = mix(rgb('#dfeefa') * np.ones((height, width, 1)), rgb('#6fb2ee'), up / 0.2)
    sky = mix(sky, rgb('#cfd6e0'), (up - 0.4) / 0.15)  # not seen: all of it so blue would make white walls blue
    azimuth = math.radians(-38 + choose.between(-8, 8))
    to_sun = objects.direction(azimuth, math.radians(43 + choose.between(-5, 5)))
    sun = {'type': 'rgb', 'value': [3.05, 2.62, 2.12]}
    return {
        'sky': {'type': 'envmap', 'bitmap': mi.Bitmap(sky.astype(np.float32))},
        'sun': {'type': 'directional', 'direction': [float(-c) for c in to_sun], 'irradiance': sun},
    }


def draw_front(choose, samples, seed):
    classes = list(CLASSES['fronts'])
    front = Front(choose)
    scene, camera = front.scene, front.camera()
    labels, picture = render(scene, camera, daylight(choose), classes, samples, seed)
    image = Image.fromarray(labels.astype(np.uint8))
    draw = ImageDraw.Draw(image)
    for label, corners in sorted(scene.outlines, key=lambda outline: outline[0]):  # plants stand before balconies
        draw.polygon([tuple(point) for point in camera.project(corners, SIZE * FINER)], fill=classes.index(label))
    return smooth(most(np.asarray(image).astype(int), FINER)), picture


# Rooms


@dataclass
class Taste:
    """How rooms for something look. Colours: one of them is taken."""

    walls: str
    wall: object  # its pattern
    floors: str
    floor: object
    width: tuple = (350, 460)  # from, to; cm
    depth: tuple = (320, 380)


TASTES = {
    'living': Taste('#f3ead8 #dfe6d2 #f0dfc4', plaster, '#c8935a', parquet),
    'bedroom': Taste('#cfdfee #f3d9d3 #e2dcee', plaster, '#d6a873', parquet),
    'kitchen': Taste('#fbeecb #dcecdc', plaster, '#6f8ea8 #7d9a78 #4a4a4c', checker),
    'bath': Taste('#bfe3ea #cfe8d8 #d5e2f2', tiles, '#e6e4de #5f86a8', tiles, (260, 330), (230, 280)),
    'dining': Taste('#f6e6b8 #e9d9c6 #dbe5ea', plaster, '#b9804a', parquet),
    'office': Taste('#dfe8e4 #f2ecdf', plaster, '#bf8f5f', parquet),
}

# Hues, in percent of the circle, that go together: of upholstery and cloths, and of the rest.
ACCENTS = [(57, 12.5), (48, 7.5), (34, 12.5), (1, 57), (10, 48), (60, 5)]
CREAM = rgb('#f3e9d6')
NATURAL = None  # instead of a hue: the colours that the model has


class Room:
    """A room, seen from its open front. The left wall is at x = 0, the back at z = 0, the floor at y = 0.

    What stands or hangs in it takes a box of the room: whatever comes later finds another place, or is left out.
    """

    def __init__(self, choose, taste):
        self.choose, self.scene, self.taken = choose, Scene(), []
        self.width, self.depth = choose.between(*taste.width), choose.between(*taste.depth)
        self.height = choose.between(245, 265)
        self.accent = choose.one(ACCENTS)
        self.white, self.wood = plain(rgb('#f6f3ec')), plain(choose.color('#b07a45 #d2a878 #8a5a38'))
        self.walls(taste)

    def walls(self, taste):
        """All but the back, which window() makes."""
        width, height, near, scene, choose = self.width, self.height, self.depth + 200, self.scene, self.choose
        pattern = stripes if taste.wall is plaster and choose.happens(0.2) else taste.wall
        self.wall = patterned(pattern(choose.random, choose.color(taste.walls, 0.02)))
        floor = patterned(taste.floor(choose.random, choose.color(taste.floors)))
        scene.face('floor', [(0, 0, near), (width, 0, near), (width, 0, 0), (0, 0, 0)], floor)
        corners = [(0, height, 0), (width, height, 0), (width, height, near), (0, height, near)]
        scene.face('ceiling', corners, self.white)
        scene.face('wall', [(0, 0, near), (0, 0, 0), (0, height, 0), (0, height, near)], self.wall)
        scene.face('wall', [(width, 0, 0), (width, 0, near), (width, height, near), (width, height, 0)], self.wall)
        if pattern is not tiles:  # skirting boards
            scene.box('wall', (0, 0, 0), (width, 9, 1.5), self.white)
            scene.box('wall', (0, 0, 0), (1.5, 9, near), self.white)
            scene.box('wall', (width - 1.5, 0, 0), (width, 9, near), self.white)

    def window(self, sill, tall, curtains):
        """A window in the back wall, and its curtains. What it shows is a lamp; the face behind it is for the label."""
        choose, scene = self.choose, self.scene
        model = choose.model('window')
        wide = float(np.clip(tall * model.size[0] / model.size[1] * choose.between(1, 1.2), 70, 190))
        beside = 45 if curtains else 15
        x = choose.between(beside + wide / 2, self.width - beside - wide / 2)
        if choose.happens(0.35):
            x = self.width / 2
        hole = x0, x1, y0, y1 = x - wide / 2, x + wide / 2, sill, sill + tall
        wall_with_holes(scene, 'wall', self.wall, 0, self.width, self.height, [hole])
        scene.model('window', model, painted(model, self.white), (x, y0, -9), 0, (wide, tall, 14))
        scene.box('window', (x0 - 6, y0 - 5, 0), (x1 + 6, y0, 9), self.white)
        for side in (x0, x1):
            scene.face('window', [(side, y0, 0), (side, y0, -16), (side, y1, -16), (side, y1, 0)], self.white)
        self.view = x0 - 80, x1 + 80, y0 - 60, y1 + 60
        scene.face('window', upright(*self.view, -46), self.white)
        self.taken.append(((x0 - beside, y0, 0), (x1 + beside, y1 + 20, 8)))
        self.taken.append(((x0 - beside / 2, 135, 0), (x1 + beside / 2, y1, 60)))  # nothing tall stands before it
        if curtains:
            cloth = plain(objects.paint(choose.random, self.accent[0], 0.5))
            top, bottom = y1 + 3, choose.one([2, max(2, y0 - 18)])
            scene.box('curtain', (x0 - 48, top, 5), (x1 + 48, top + 4, 9), self.wood)
            for low, high in ((x0 - 42, x0 + 0.1 * wide), (x1 - 0.1 * wide, x1 + 42)):
                xs = np.linspace(low, high, 33)
                zs = 8 + 3 * np.sin((xs - low) * 0.55)
                for a, b, za, zb in zip(xs, xs[1:], zs, zs[1:]):
                    scene.face('curtain', [(a, bottom, za), (b, bottom, zb), (b, top, zb), (a, top, za)], cloth)

    def door(self, wall):
        choose = self.choose
        model = choose.model('door')
        paint = self.wood if choose.happens(0.6) else self.white
        size = wide, tall, deep = min(model.size[0], 110), 208, 12
        for _ in range(12):
            along = choose.between(wide / 2 + 8, self.length(wall) - wide / 2 - 8)
            x, z, turn = self.at(wall, along, deep / 2 + 1)
            if self.put('door', model, x, z, turn, 0, surfaces=painted(model, paint), size=size):
                self.panel('door', wall, along, 4, wide - 6, tall - 8, 0.5, plain(rgb('#dfe9ea')))  # behind its panes
                x, z, _ = self.at(wall, along, 35)  # nothing stands before it
                reach = (wide / 2, 35) if wall == 'back' else (35, wide / 2)
                self.taken.append(((x - reach[0], 0, z - reach[1]), (x + reach[0], tall, z + reach[1])))
                return

    def length(self, wall):
        return self.width if wall == 'back' else self.depth - 60

    def at(self, wall, along, away):
        """x, z, and the turn of what stands there with its back to the wall."""
        return {
            'back': (along, away, 0),
            'left': (away, along, math.pi / 2),
            'right': (self.width - away, along, -math.pi / 2),
        }[wall]

    def panel(self, label, wall, along, y, wide, tall, away, surface):
        """A rectangle that is parallel to a wall, `away` from it."""
        corners = []
        for side, height in ((-0.5, 0), (0.5, 0), (0.5, tall), (-0.5, tall)):
            x, z, _ = self.at(wall, along + (-side if wall == 'left' else side) * wide, away)
            corners.append((x, y + height, z))
        self.scene.face(label, corners, surface)

    def hang(self, wall, along, y, wide, tall, frame, pattern):
        """Hangs a picture in a frame there, if there is room for it."""
        (x0, z0, _), (x1, z1, _) = self.at(wall, along - wide / 2, 0.5), self.at(wall, along + wide / 2, 4)
        low, high = np.array([min(x0, x1), y, min(z0, z1)]), np.array([max(x0, x1), y + tall, max(z0, z1)])
        if not self.free(np.maximum(low - 8, 0), high + 8):
            return False
        self.taken.append((low, high))
        self.scene.box('picture', low, high, frame)
        wide, tall = wide - 8, tall - 8
        self.panel('picture', wall, along, y + 4, wide, tall, 4.2, patterned((pattern, (wide, tall))))
        return True

    def free(self, low, high, near=None):
        inside = low[0] >= 0 and low[2] >= -1 and high[0] <= self.width and high[1] <= self.height
        apart = lambda other: any(a >= d or b <= c for a, b, c, d in zip(low, high, *other))
        return inside and all(apart(other) for other in self.taken if other is not near)

    def surfaces(self, model, hue=0, random=None):
        """The surfaces of a model. Grey ones get the room's colour `hue`."""
        parts, materials = read_model(model)
        materials = {name: dict(material) for name, material in materials.items()}
        if hue is not NATURAL:
            objects.tint(model, parts, materials, random or self.choose.random, [self.accent[hue]])
        return {part.material: Surface(objects.bsdf(materials[part.material]), (1, 1)) for part in parts}

    def put(self, label, model, x, z, turn=0, y=None, hue=1, surfaces=None, size=None, near=None):
        """Puts a model there, if there is room for it; it may reach into `near`. How high it reaches, or None."""
        y = float(model.entry.get('elevation', 0)) if y is None else y
        wide, tall, deep = model.size if size is None else size
        cos, sin = abs(math.cos(turn)), abs(math.sin(turn))
        wide, deep = wide * cos + deep * sin, wide * sin + deep * cos
        low, high = (x - wide / 2, y, z - deep / 2), (x + wide / 2, y + tall, z + deep / 2)
        if not self.free(low, high, near):
            return None
        self.taken.append((low, high))
        self.scene.model(label, model, surfaces or self.surfaces(model, hue), (x, y, z), turn, size)
        return y + tall

    def against(self, wall, label, model, at=None, hue=1):
        """Puts a model against a wall, `at` of its length, or anywhere: its x, z and height, or None."""
        surfaces = self.surfaces(model, hue)
        wide, _, deep = model.size
        away = deep / 2 + (14 if wall == 'back' else 4)  # behind it are curtains
        for _ in range(12 if at is None else 1):
            share = self.choose.between(0, 1) if at is None else at
            x, z, turn = self.at(wall, wide / 2 + 3 + share * (self.length(wall) - wide - 6), away)
            if top := self.put(label, model, x, z, turn, surfaces=surfaces):
                return x, z, top
        return None

    def picture(self, wall, at=None, wide=None):
        """Hangs a landscape on a wall, `at` of its length, or anywhere."""
        choose = self.choose
        wide = choose.between(45, 95) if wide is None else wide
        tall = wide * (choose.between(0.65, 1.3) if wide < 75 else choose.between(0.55, 0.8))
        frame = plain(rgb(choose.one(['#2c2a28', '#f4f0e8', '#a8743e'])))
        pattern = landscape(choose, self.accent)
        for _ in range(12):
            share = choose.between(0, 1) if at is None else at
            along = wide / 2 + 10 + share * (self.length(wall) - wide - 20)
            if self.hang(wall, along, 158 - tall / 2, wide, tall, frame, pattern):
                return

    def rug(self, x, z, wide, deep):
        choose = self.choose
        color = objects.paint(choose.random, self.accent[0], 0.5)
        if choose.happens(0.3):
            around = np.linspace(0, 2 * math.pi, 48, endpoint=False)
            for share, tone in ((1, color), (0.82, CREAM), (0.6, color)):
                across, along = share * wide / 2 * np.cos(around), -share * deep / 2 * np.sin(around)
                points = np.stack([x + across, np.full(48, 3 - share), z + along], -1)
                self.scene.face('rug', points, plain(tone))
            return
        y, x_ = np.indices((96, 128)) / [[[95]], [[127]]] * [[[deep]], [[wide]]]
        border = np.minimum(np.minimum(x_, wide - x_), np.minimum(y, deep - y))
        image = mix(color * np.ones((96, 128, 1)), CREAM, (border > 10) & (border < 17))
        if choose.happens(0.5):
            image = mix(image, CREAM, (border > 24) & (x_ % 32 < 12))
        x0, x1, z0, z1 = x - wide / 2, x + wide / 2, z - deep / 2, z + deep / 2
        corners = [(x0, 1.5, z1), (x1, 1.5, z1), (x1, 1.5, z0), (x0, 1.5, z0)]
        self.scene.face('rug', corners, patterned((image, (wide, deep))))

    def begin(self, sill, tall, curtains=0.6, door=0.45, doors=('left', 'right', 'back')):
        """What each room has: a window, perhaps with curtains, and perhaps a door. The shares are of rooms."""
        choose = self.choose
        sill, tall = choose.between(sill - 8, sill + 8), choose.between(tall - 15, tall + 15)
        self.window(sill, tall, choose.happens(curtains))
        if choose.happens(door):
            self.door(choose.one(doors))

    def put_on(self, place):
        """A lamp or a plant on what stands there."""
        if place and self.choose.happens(0.7):
            self.put('lamp', self.choose.model('lamp'), *place[:2], y=place[2])
        elif place:
            self.put('plant', self.choose.model('small plant'), *place[:2], y=place[2])

    def table_and_chairs(self, x, z, chairs):
        """A table, perhaps with fruit on it, chairs, and perhaps a lamp above it."""
        choose = self.choose
        table, chair = choose.model('table'), choose.model('chair')
        top = self.put('table', table, x, z, y=0)
        if not top:
            return
        near = self.taken[-1]
        if choose.happens(0.7):
            self.put('table', choose.model('fruit'), x, z, y=top)
        wide, _, deep = table.size
        away = chair.size[2] / 2 - 8
        places = [(x - wide / 2 - away, z, math.pi / 2), (x + wide / 2 + away, z, -math.pi / 2)]
        behind = z - deep / 2 - away
        places += [(x, behind, 0)] if wide < 115 else [(x - wide / 4, behind, 0), (x + wide / 4, behind, 0)]
        surfaces = self.surfaces(chair, 0)
        for x_, z_, turn in places[:chairs]:
            turn += choose.between(-0.12, 0.12)
            self.put('chair', chair, x_, z_, turn, 0, surfaces=surfaces, near=near)
        if choose.happens(0.7):
            lamp = choose.model('hanging lamp')
            self.put('lamp', lamp, x, z, y=self.height - lamp.size[1])


def landscape(choose, accent):
    """Hills under a sky, as in a picture on the wall."""
    y, x = np.indices((96, 128)) / [[[96]], [[128]]]
    above = choose.color('#8ec5ea #f4b183 #bfd8e8')
    image = mix(above * np.ones((96, 128, 1)), rgb('#fdf0d5'), y * 1.8)
    sun = np.hypot(x - choose.between(0.2, 0.8), (y - choose.between(0.15, 0.35)) * 0.75)
    image = mix(image, rgb('#fff6c8'), (0.09 - sun) * 60)
    for level, hue in ((0.5, accent[0]), (0.65, 34), (0.8, accent[1])):
        hills = np.sin(x * choose.between(3, 9) + choose.between(0, 6))
        ridge = level + 0.07 * hills + 0.03 * np.sin(x * 17 + level * 40)
        image = mix(image, objects.paint(choose.random, hue, 0.65) * (1.15 - 0.5 * level), (y - ridge) * 60)
    return image


def living(room):
    choose = room.choose
    room.begin(95, 130, doors=['left', 'right'])
    side, other = choose.shuffled('left', 'right')
    for wall in ['back' if choose.happens(0.7) else side, 'back', 'back', side]:
        at = choose.between(0.3, 0.7) if wall == 'back' else 0.5
        if room.against(wall, 'sofa', choose.model('sofa'), at, hue=0):
            break
    x, z = room.width / 2, room.depth * 0.58
    if choose.happens(0.75):
        room.rug(x, z, choose.between(170, 230), choose.between(120, 160))
    room.put('table', choose.model('coffee table'), x, z, y=0)
    if wall == 'back':
        room.against(other, 'chair', choose.model('armchair'), choose.between(0.5, 0.8), hue=choose.whole(0, 1))
    if wall == 'back' and choose.happens(0.5):
        cabinet = room.against(side, 'cabinet', choose.model('low cabinet'), choose.between(0.2, 0.7))
        if cabinet and choose.happens(0.6):
            turn = room.at(side, 0, 0)[2]
            room.put('appliance', choose.model('television'), *cabinet[:2], turn, cabinet[2])
        else:
            room.put_on(cabinet)
    else:
        room.against(choose.one(['back', other]), 'cabinet', choose.model('shelf'))
    if choose.happens(0.8):
        room.against('back', 'plant', choose.model('plant'), choose.one([0, 1]))
    if choose.happens(0.5):
        room.against('back', 'lamp', choose.model('floor lamp'))
    for wall in ('back', 'back', side, other):
        if choose.happens(0.8):
            room.picture(wall)


def dining(room):
    choose = room.choose
    room.begin(95, 130)
    x, z = room.width / 2 + choose.between(-25, 25), room.depth * choose.between(0.5, 0.62)
    if choose.happens(0.5):
        room.rug(x, z, 230, 170)
    room.table_and_chairs(x, z, choose.whole(3, 4))
    cabinet = room.against('back', 'cabinet', choose.model('low cabinet'))
    if choose.happens(0.6):
        room.put_on(cabinet)
    if choose.happens(0.6):
        wall, kind = choose.one(['left', 'right']), choose.one(['shelf', 'low cabinet'])
        room.against(wall, 'cabinet', choose.model(kind))
    if choose.happens(0.7):
        room.against('back', 'plant', choose.model('plant'), choose.one([0, 1]))
    for wall in ('back', 'back', 'left', 'right'):
        if choose.happens(0.8):
            room.picture(wall)


def bedroom(room):
    choose = room.choose
    room.begin(95, 130, doors=['left', 'right'])
    bed, table, lamp = (choose.model(name) for name in ('bed', 'bedside table', 'lamp'))
    at = choose.between(0.4, 0.6)
    side, other = choose.shuffled('left', 'right')
    place = room.against('back', 'bed', bed, at, hue=0) if choose.happens(0.7) else None
    if place:
        for sign in (-1, 1):
            x, z = place[0] + sign * (bed.size[0] + table.size[0] + 12) / 2, table.size[2] / 2 + 14
            top = room.put('table', table, x, z, y=0)
            if top and choose.happens(0.8):
                room.put('lamp', lamp, x, z - 4, y=top)
        if choose.happens(0.6):
            room.picture('back', at, choose.between(60, 100))
    else:
        room.against(side, 'bed', bed, 0.3, hue=0) or room.against(other, 'bed', bed, hue=0)
    if choose.happens(0.7):
        room.rug(room.width / 2, room.depth * 0.72, choose.between(170, 240), choose.between(100, 140))
    room.against(side, 'cabinet', choose.model('wardrobe'), choose.between(0, 0.6))
    if choose.happens(0.5):
        room.put_on(room.against(other, 'cabinet', choose.model('low cabinet'), choose.between(0.1, 0.7)))
    if choose.happens(0.4):
        room.against(other, 'chair', choose.model('armchair'), hue=0)
    if choose.happens(0.6):
        room.against('back', 'plant', choose.model('plant'), choose.one([0, 1]))
    for wall in ('back', other):
        if choose.happens(0.8):
            room.picture(wall)


def office(room):
    choose = room.choose
    room.begin(95, 130)
    desk, chair = choose.model('desk'), choose.model('office chair')
    if choose.happens(0.5):
        room.rug(room.width / 2, room.depth * 0.6, choose.between(160, 220), choose.between(110, 150))
    if place := room.against('back', 'table', desk, choose.between(0.3, 0.7)):
        x, z, top = place
        room.put('appliance', choose.model('computer'), x + choose.between(-10, 10), z - 5, y=top)
        if choose.happens(0.7):
            room.put('lamp', choose.model('lamp'), x + choose.one([-1, 1]) * (desk.size[0] / 2 - 22), z - 8, y=top)
        z += (desk.size[2] + chair.size[2]) / 2 + 12
        turn = math.pi + choose.between(-0.9, 0.9)  # it looks at the desk
        room.put('chair', chair, x + choose.between(-25, 25), z, turn, 0, hue=0)
    side, other = choose.shuffled('left', 'right')
    room.against(side, 'cabinet', choose.model('shelf'), choose.between(0, 0.5))
    room.against(side, 'cabinet', choose.model('shelf'))
    if choose.happens(0.6):
        room.against(other, 'chair', choose.model('armchair'), choose.between(0.3, 0.7), hue=0)
    if choose.happens(0.5):
        room.against('back', 'cabinet', choose.model('shelf'))
    for _ in range(2):
        if choose.happens(0.6):
            room.against(choose.one(['back', other]), 'plant', choose.model('plant'))
    for wall in ('back', 'back', other):
        if choose.happens(0.8):
            room.picture(wall)


def bath(room):
    choose = room.choose
    room.begin(120, 90, curtains=0.25, door=0.3)
    side, other = choose.shuffled('left', 'right')
    wall, at = ('back', choose.one([0, 1])) if choose.happens(0.5) else (side, choose.between(0, 0.3))
    room.against(wall, 'bath', choose.model('tub'), at, hue=NATURAL)
    for wall in ('back', 'back', 'back', other, other):
        if basin := room.against(wall, 'bath', choose.model('basin'), hue=NATURAL):
            if wall == 'back' and basin[2] < 110:
                y, _ = np.indices((32, 32)) / 32
                mirror = mix(rgb('#e8f3f8') * np.ones((32, 32, 1)), rgb('#a9c6d6'), y)
                room.hang('back', basin[0], 125, choose.between(55, 80), 80, room.wood, mirror)
            break
    for wall in [*choose.shuffled('back', other), 'back', other, side]:
        if room.against(wall, 'bath', choose.model('toilet'), hue=NATURAL):
            break
    if choose.happens(0.5):
        room.against(other, 'appliance', choose.model('washing machine'), hue=NATURAL)
    if choose.happens(0.6):
        room.against(choose.one(['back', side, other]), 'curtain', choose.model('towel'))  # cloth that hangs
    if choose.happens(0.4):
        room.against(other, 'cabinet', choose.model('shelf'))
    if choose.happens(0.75):
        x, z = room.width / 2 + choose.between(-40, 40), room.depth * choose.between(0.5, 0.65)
        room.rug(x, z, choose.between(80, 130), choose.between(55, 80))
    if choose.happens(0.6):
        room.against(choose.one(['back', side, other]), 'plant', choose.model('plant'))
    if choose.happens(0.4):
        room.picture(choose.one(['back', side, other]), wide=choose.between(35, 55))


def kitchen(room):
    choose = room.choose
    room.begin(124, 95, curtains=0, door=0.4, doors=['left', 'right'])
    seed, hue = choose.whole(0, 10**6), choose.whole(0, 1)
    alike = lambda model: room.surfaces(model, hue, np.random.default_rng(seed))  # all cabinets have the same colours
    row = ['fridge', 'cabinet', 'stove', 'cabinet', 'cabinet', 'cabinet', 'cabinet', 'cabinet']
    if choose.happens(0.5):
        row = ['cabinet', 'cabinet', 'stove', 'cabinet', 'fridge', 'cabinet', 'cabinet', 'cabinet']
    x = choose.between(0, 25)
    for kind in row:
        for _ in range(6):  # where there is no room, some way to the right
            model = choose.model('kitchen cabinet' if kind == 'cabinet' else kind)
            wide, _, deep = model.size
            surfaces = alike(model) if kind == 'cabinet' else room.surfaces(model, NATURAL)
            label = 'cabinet' if kind == 'cabinet' else 'appliance'
            if room.put(label, model, x + wide / 2, deep / 2 + 3, y=0, surfaces=surfaces):
                x += wide + 0.5
                break
            x += 12
    x = choose.between(0, 30)
    while x < room.width:
        model = choose.model('kitchen cabinet above')
        wide, _, deep = model.size
        done = room.put('cabinet', model, x + wide / 2, deep / 2 + 2, y=148, surfaces=alike(model))
        x += wide + 0.5 if done else 20
    if choose.happens(0.8):
        x, z = room.width / 2 + choose.between(-30, 30), room.depth * choose.between(0.58, 0.68)
        room.table_and_chairs(x, z, choose.whole(2, 4))
    if choose.happens(0.6):
        room.against(choose.one(['left', 'right']), 'plant', choose.model('plant'))
    for wall in ('left', 'right'):
        if choose.happens(0.5):
            room.picture(wall)


ROOMS = {'living': living, 'bedroom': bedroom, 'kitchen': kitchen, 'bath': bath, 'dining': dining, 'office': office}

# What gaps between legs, slats and leaves may be filled, in pixels.
GAPS = {'chair': 9, 'table': 5, 'bed': 7, 'plant': 7, 'lamp': 5, 'cabinet': 5, 'bath': 5, 'curtain': 9, 'sofa': 5}


def lamps(room):
    """Light from the window, from a window and a lamp behind the camera, and a little from everywhere."""
    width, depth, height = room.width, room.depth, room.height
    move = mi.ScalarTransform4f()
    rows = np.linspace(0, 1, 64)[:, None] * np.ones((64, 64))
    view = mix(rgb('#7db8ee') * np.ones((64, 64, 1)), rgb('#f4faff'), rows * 1.7)
    view = mix(view, rgb('#9cc27a'), (rows - 0.62) * 30) * 0.6
    view = {'type': 'bitmap', 'bitmap': mi.Bitmap(view[::-1].astype(np.float32)), 'raw': True}
    rectangle = lambda to_world, radiance: {
        'type': 'rectangle',
        'to_world': to_world,
        'emitter': {'type': 'area', 'radiance': radiance},
    }
    x0, x1, y0, y1 = room.view
    before = move.translate([(x0 + x1) / 2, (y0 + y1) / 2, -45]).scale([(x1 - x0) / 2, (y1 - y0) / 2, 1])
    left = move.translate([4, 140, depth + 45]).rotate([0, 1, 0], 90).scale([90, 80, 1])
    above = move.translate([width / 2, height - 1, depth - 40]).rotate([1, 0, 0], 90).scale([90, 60, 1])
    return {
        'sky': {'type': 'constant', 'radiance': {'type': 'rgb', 'value': [0.6, 0.62, 0.66]}},
        'view': rectangle(before, view),
        'window': rectangle(left, {'type': 'rgb', 'value': [3.6, 3.5, 3.3]}),
        'lamp': rectangle(above, {'type': 'rgb', 'value': [3.2, 3.05, 2.8]}),
    }


def draw_room(choose, samples, seed):
    classes = list(CLASSES['rooms'])
    kind = list(ROOMS)[(seed + seed // HELD_OUT) % len(ROOMS)]  # or val/ would have only rooms of one kind
    room = Room(choose, TASTES[kind])
    ROOMS[kind](room)
    at = np.array([room.width / 2 + choose.between(-45, 45), choose.between(130, 150), room.depth + 95])
    camera = Camera(at, at - [0, 0, at[2]], choose.between(54, 60), choose.between(0.06, 0.12))
    labels, picture = render(room.scene, camera, lamps(room), classes, samples, seed)
    over = [classes.index(label) for label in ('wall', 'floor', 'rug', 'ceiling')]
    for label in 'lamp', 'plant', 'chair', 'table':  # or their stems and legs would be lost
        wider = ndimage.binary_dilation(labels == classes.index(label), iterations=2)
        labels = np.where(wider & np.isin(labels, over), classes.index(label), labels)
    labels = most(labels, FINER)
    for label, reach in GAPS.items():
        labels = fill(labels, classes.index(label), over, reach)
    light = np.percentile(picture.mean(-1), 80)
    return smooth(labels), picture * 0.7 / light


# Pairs


DRAW = {'fronts': draw_front, 'rooms': draw_room}
HELD_OUT = 12  # one of so many seeds is for val/


def find(catalogue, kind):
    """The models of MODELS, by what they are."""
    found = {}
    for name, words in MODELS[kind].items():
        words = set(words.split())
        found[name] = [model for model in catalogue if {model.name, model.unique_name} & words]
        if len(found[name]) != len(words):
            raise ValueError(f'{name}: some of its models are missing, or two libraries have them')
    return found


def split(models, held_out):
    """Those for train/ or, of four or more, others for val/."""
    models = sorted(models, key=lambda model: objects.number(f'held out {model.unique_name}'))
    count = len(models) // 5 + 1 if len(models) >= 4 else 0
    return models if not count else models[:count] if held_out else models[count:]


ABOUT = (
    'Who made the 3D models that scenes.py puts into {}: of the package sweethome3d-furniture 1.8 of Debian, which '
    'are also at https://www.sweethome3d.com/freeModels.jsp. Networks of this folder learned from pictures of them, in '
    'part with other colours. By library, licence and author; a number is how many models have the same title.'
)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('models', type=Path, nargs='?', help='the folder with BlendSwap-CC-0, and so on')
    parser.add_argument('output', type=Path, nargs='?', help='gets train/ and val/')
    parser.add_argument('kind', choices=list(CLASSES), nargs='?')
    parser.add_argument('--count', type=int, default=12, metavar='N', help='how many (12)')
    parser.add_argument('--first', type=int, default=0, metavar='SEED', help='the first of the seeds (0)')
    parser.add_argument('--samples', type=int, metavar='N', help='light paths for each pixel, a square (9; rooms: 16)')
    parser.add_argument('--part', default='1/1', metavar='I/N', help='every Nth, from the Ith: for several processes')
    parser.add_argument('--classes', choices=list(CLASSES), metavar='KIND', help='print the labels and their colours')
    parser.add_argument(
        '--credits', choices=list(CLASSES), metavar='KIND', help='print authors and licences of its models'
    )
    options = parser.parse_args()
    if not options.classes and not options.models:
        parser.error('MODELS is missing')
    if not options.classes and not options.credits and not options.kind:
        parser.error('OUTPUT or KIND is missing')
    return options


def main():
    options = arguments()
    if options.classes:
        print(
            json.dumps([{'name': name, 'color': color} for name, color in CLASSES[options.classes].items()], indent=2)
        )
        return 0
    catalogue = objects.read_catalogue(options.models)
    if options.credits:
        used = {id(model) for models in find(catalogue, options.credits).values() for model in models}
        used = [model for model in catalogue if id(model) in used]
        print(
            objects.credits(used, ABOUT.format({'fronts': 'house fronts'}.get(options.credits, options.credits))),
            end='',
        )
        return 0

    kind = options.kind
    found = find(catalogue, kind)
    colors = np.array([[int(color[at : at + 2], 16) for at in (1, 3, 5)] for color in CLASSES[kind].values()], np.uint8)
    first, step = map(int, options.part.split('/'))
    for seed in range(options.first + first - 1, options.first + options.count, step):
        held_out = seed % HELD_OUT == 0
        folder = options.output / ('val' if held_out else 'train')
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f'{kind[:-1]}-{seed:04}.png'
        if file.exists():
            continue
        start = time.time()
        models = {name: split(models, held_out) for name, models in found.items()}
        choose = Choices(np.random.default_rng([list(CLASSES).index(kind), seed]), models)
        labels, picture = DRAW[kind](choose, options.samples or SAMPLES[kind], seed)
        pair = np.concatenate([colors[labels], to_bytes(shown(picture))], 1)
        Image.fromarray(pair).save(file.with_suffix('.unfinished'), 'PNG')
        file.with_suffix('.unfinished').rename(file)
        print(f'{folder.name}/{file.name}  {time.time() - start:.1f} s', flush=True)
    return 0


if __name__ == '__main__':
    sys.exit(main())
