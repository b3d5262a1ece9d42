#!/usr/bin/env python3
"""Compares the activations of a generator's encoder: the same small training with each of them, under several seeds.

    python3 study.py pairs/objects study
    python3 study.py pairs/objects study --sheet sheet.png

The first folder holds A|B pictures, those of www/models/objects.py here: of all objects' first views 80 are taken, evenly by
their names, and every fourth of them is held out. Each training is that of `pix2pix train` with --activation, of the same
seeds for each; then `pix2pix test` judges it on the objects that were held out. What is done already is skipped, and a
training that was stopped goes on from its last checkpoint, so the same command may be given again at any time. In the end the
table of www/docs/activations.md is printed, and with --sheet the pictures of the first seed are put together, which needs pillow.
"""

import argparse
import csv
import json
import re
import shutil
import statistics
import subprocess
from pathlib import Path

ACTIVATIONS = ["leakyrelu", "relu", "prelu", "rrelu", "srelu", "elu", "tanh", "sigmoid"]
PAIRS = 80
HELD_OUT = 4  # every so many pairs
NETWORKS = ["--ngf", "16", "--ndf", "16", "--depth", "6"]
SHEET_ROWS = 8  # held-out objects in the sheet


def choose(pairs, output):
    """Copies the pairs of the study into its two folders, and returns them."""
    first_views = {}
    for path in pairs.rglob("*-0.*"):
        first_views[path.stem] = path
    names = sorted(first_views)
    if len(names) < PAIRS:
        raise SystemExit(f"{pairs} holds {len(names)} objects, and the study needs {PAIRS}")
    folders = [output / "train", output / "held-out"]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
    for i in range(PAIRS):
        path = first_views[names[i * len(names) // PAIRS]]
        copy = folders[i % HELD_OUT == HELD_OUT - 1] / path.name
        if not copy.exists():
            shutil.copy(path, copy)
    return folders


def train(options, activation, seed, pairs, run):
    """The training, from its last checkpoint where it has one."""
    steps = [int(re.search(r"\d+", path.stem)[0]) for path in run.glob("model-*.safetensors")]
    done = max(steps, default=0)
    if done == options.steps:
        return
    start = ["--checkpoint", run] if done else [*NETWORKS, "--activation", activation, "--seed", str(seed)]
    subprocess.run(
        [options.pix2pix, "train", "--input", pairs, "--output", run, *start, "--max-steps", str(options.steps - done),
         "--save-every", "500", "--device", "cpu"],
        check=True, stdout=subprocess.DEVNULL,
    )


def test(options, pairs, run):
    """L1 and SSIM on the objects that were held out, without dropout."""
    result = run / "tested.json"
    if not result.exists():
        said = subprocess.run(
            [options.pix2pix, "test", "--json", "--checkpoint", run, "--input", pairs, "--output", run / "tested",
             "--no-dropout", "--device", "cpu"],
            check=True, capture_output=True, text=True,
        )
        events = map(json.loads, said.stdout.splitlines())
        result.write_text(json.dumps(next(event for event in events if event["event"] == "tested")))
    return json.loads(result.read_text())


def table(runs):
    """Rows of Markdown: of each activation the mean over the seeds, and the standard deviation among them. The last two columns
    are of the differences from the first activation under the same seed."""
    columns = {
        "L1, training": ("gen_loss_L1", 4), "GAN": ("gen_loss_GAN", 2), "D": ("discrim_loss", 2),
        "L1, held out": ("l1", 4), "SSIM, held out": ("ssim", 3),
    }
    differences = {"difference in L1": ("l1", 4), "difference in SSIM": ("ssim", 3)}
    names = ["activation", *columns, *differences]
    lines = ["| " + " | ".join(names) + " |", "| --- |" + " --- |" * (len(names) - 1)]
    first = next(iter(runs))
    for activation, results in runs.items():
        cells = [cell([float(result[name]) for result in results], f".{digits}f") for name, digits in columns.values()]
        for name, digits in differences.values():
            values = [float(result[name]) - float(usual[name]) for result, usual in zip(results, runs[first])]
            cells.append("" if activation == first else cell(values, f"+.{digits}f"))
        lines.append(f"| `{activation}` | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def cell(values, form):
    spread = statistics.stdev(values) if len(values) > 1 else 0.0
    return f"{statistics.mean(values):{form}} ± {spread:{form.removeprefix('+')}}"


def sheet(runs, file):
    """Of some objects that were held out: the input, the target, and what each activation makes of it."""
    from PIL import Image

    folders = {activation: run / "tested" / "images" for activation, run in runs.items()}
    first = next(iter(folders.values()))
    names = sorted(path.name.removesuffix("-inputs.png") for path in first.glob("*-inputs.png"))
    names = [names[i * len(names) // SHEET_ROWS] for i in range(SHEET_ROWS)]
    rows = []
    for name in names:
        paths = [first / f"{name}-inputs.png", first / f"{name}-targets.png"]
        paths += [folder / f"{name}-outputs.png" for folder in folders.values()]
        rows.append([Image.open(path).convert("RGB") for path in paths])
    side = rows[0][0].width
    whole = Image.new("RGB", (len(rows[0]) * (side + 2) - 2, len(rows) * (side + 2) - 2), "white")
    for y, row in enumerate(rows):
        for x, picture in enumerate(row):
            whole.paste(picture, (x * (side + 2), y * (side + 2)))
    whole.save(file, quality=90)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pairs", type=Path, help="a folder of A|B pictures, NAME-0.png or .jpg")
    parser.add_argument("output", type=Path, help="the folder of the study")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--pix2pix", default="pix2pix", help="the command line")
    parser.add_argument("--sheet", type=Path, help="write the contact sheet of the first seed")
    options = parser.parse_args()
    trained, held_out = choose(options.pairs, options.output)
    results = {activation: [] for activation in ACTIVATIONS}
    for seed in range(1, options.seeds + 1):  # all activations of one seed first, so that there is always a comparison
        for activation in ACTIVATIONS:
            run = options.output / f"{activation}-{seed}"
            train(options, activation, seed, trained, run)
            tested = test(options, held_out, run)
            with open(run / "losses.csv") as losses:
                results[activation].append({**list(csv.DictReader(losses))[-1], **tested})
    print(table(results))
    if options.sheet:
        sheet({activation: options.output / f"{activation}-1" for activation in ACTIVATIONS}, options.sheet)


if __name__ == "__main__":
    main()
