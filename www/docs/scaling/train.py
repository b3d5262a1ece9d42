"""Trains a generator of pix2pix-web on many devices, and writes it in the same format.

    torchrun --nproc-per-node 8 train.py --pairs pairs/train --model start.safetensors --output trained.safetensors

The networks are those of src/model, in both layouts, under the names of our own `.safetensors`; the losses, Adam's
settings and the random crops are pix2pix.py's. Each device trains on --batch-size pairs a step of its own, and the
gradients are averaged over all devices. After each epoch both networks are written to --output, and with the optimisers
to --resume.
Needs torch, safetensors, numpy and pillow.
"""

import argparse
import json
import os
from pathlib import Path

import numpy
import torch
import torch.distributed as distributed
import torch.nn.functional as F
from PIL import Image
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.nn.parallel import DistributedDataParallel
from torch.utils.data import DataLoader, Dataset, DistributedSampler

CONFIG = "pix2pix-web/generator"  # in a file's metadata
DEFAULTS = {
    "in_channels": 3, "out_channels": 3, "ngf": 64, "max_width": None, "depth": 8, "layout": "tensorflow",
    "norm": "batch", "bias": False, "dropout": 0.5, "running_statistics": False,
}


class Layer(nn.Module):
    """Activation, convolution, norm, dropout."""

    def __init__(self, config, channels, slope=None, up=False, stride=2, bias=False, norm=True, dropout=False):
        super().__init__()
        kind = nn.ConvTranspose2d if up else nn.Conv2d
        self.slope, self.dropout = slope, config["dropout"] if dropout else 0
        self.conv = kind(*channels, 4, stride, 1, bias=bias)
        self.norm = nn.Identity()
        norm = norm and config["norm"] != "none"
        if norm and config["norm"] == "batch":
            self.norm = nn.BatchNorm2d(channels[1], track_running_stats=config["running_statistics"])
        elif norm:
            self.norm = nn.InstanceNorm2d(channels[1], affine=True)
        nn.init.normal_(self.conv.weight, 0, 0.02)
        if bias:
            nn.init.zeros_(self.conv.bias)
        if norm:
            nn.init.normal_(self.norm.weight, 1, 0.02)

    def forward(self, x):
        if self.slope is not None:
            x = F.leaky_relu(x, self.slope)
        return F.dropout(self.normalize(self.conv(x)), self.dropout, self.training)

    def normalize(self, x):
        together = x.shape[2] * x.shape[3] * (x.shape[0] if isinstance(self.norm, nn.BatchNorm2d) else 1)
        if isinstance(self.norm, nn.Identity) or together > 1:
            return self.norm(x)
        # PyTorch refuses to normalise one value by itself: nothing is left of it but the shift.
        return x * 0 + self.norm.bias.reshape(1, -1, 1, 1) + self.norm.weight.reshape(1, -1, 1, 1) * 0


class Generator(nn.Module):
    """The U-Net."""

    def __init__(self, config):
        super().__init__()
        depth, pytorch = config["depth"], config["layout"] == "pytorch"

        def width(n):
            return min(config["ngf"] * min(2 ** (n - 1), 8), config["max_width"] or 1 << 20)

        def bias(n, up):
            return config["norm"] == "instance" or (up and n == 1) if pytorch else config["bias"]

        self.depth = depth
        for n in range(1, depth + 1):
            channels = (width(n - 1) if n > 1 else config["in_channels"], width(n))
            norm = n > 1 and not (pytorch and n == depth)
            slope = 0.2 if n > 1 else None
            self.add_module(f"encoder_{n}", Layer(config, channels, slope, bias=bias(n, False), norm=norm))
        for n in range(depth, 0, -1):
            inputs = width(n) * (1 if n == depth else 2)
            channels = (inputs, width(n - 1) if n > 1 else config["out_channels"])
            dropout = n > 1 and pytorch <= depth - n < pytorch + 3
            layer = Layer(config, channels, 0.0, True, bias=bias(n, True), norm=n > 1, dropout=dropout)
            self.add_module(f"decoder_{n}", layer)

    def forward(self, x):
        skips = []
        for n in range(1, self.depth + 1):
            x = getattr(self, f"encoder_{n}")(x)
            skips.append(x)
        skips.pop()
        for n in range(self.depth, 0, -1):
            x = getattr(self, f"decoder_{n}")(x if n == self.depth else torch.cat([x, skips.pop()], 1))
        return torch.tanh(x)


class Discriminator(nn.Module):
    """The 70x70 PatchGAN."""

    def __init__(self, config, ndf):
        super().__init__()
        pytorch = config["layout"] == "pytorch"
        config = {**config, "running_statistics": False}
        widths = [config["in_channels"] + config["out_channels"], ndf, 2 * ndf, 4 * ndf, 8 * ndf, 1]
        for n in range(1, 6):
            ends = n in (1, 5)
            bias = ends or config["norm"] == "instance" if pytorch else config["bias"]
            slope = 0.2 if n > 1 else None
            stride = 2 if n < 4 else 1
            layer = Layer(config, widths[n - 1 : n + 1], slope, stride=stride, bias=bias, norm=not ends)
            self.add_module(f"layer_{n}", layer)

    def forward(self, source, target):
        x = torch.cat([source, target], 1)
        for layer in self.children():
            x = layer(x)
        return x


RENAMED = {"norm.weight": "norm.gamma", "norm.bias": "norm.beta", "running_var": "running_variance"}


def to_file(name):
    """A parameter's name in a file."""
    for ours, files in RENAMED.items():
        name = name.replace(ours, files)
    return name


def named_tensors(network, prefix):
    """A network's tensors by their names in a file."""
    tensors = {f"{prefix}.{to_file(name)}": values for name, values in network.state_dict().items()}
    return {name: values for name, values in tensors.items() if not name.endswith("num_batches_tracked")}


def read_model(path):
    with safe_open(path, "pt") as file:
        metadata = file.metadata() or {}
        if CONFIG not in metadata:
            raise SystemExit(f"{path} is not in our format: `pix2pix convert {path} start.safetensors` writes that")
        if "pix2pix-web/code-book" in metadata:
            raise SystemExit(f"{path} is in 8 bits: `pix2pix convert {path} start.safetensors --dtype f32` writes 32")
        return json.loads(metadata[CONFIG]), {name: file.get_tensor(name) for name in file.keys()}


def fill(network, prefix, tensors):
    """Sets each tensor of a network to that of the file."""
    with torch.no_grad():
        for name, values in named_tensors(network, prefix).items():
            values.copy_(tensors[name])


def write_model(path, config, generator, discriminator):
    tensors = {**named_tensors(generator, "generator"), **named_tensors(discriminator, "discriminator")}
    tensors = {name: values.detach().cpu().contiguous() for name, values in tensors.items()}
    partial = f"{path}.part"
    save_file(tensors, partial, {CONFIG: json.dumps(config)})
    os.replace(partial, path)


class Pairs(Dataset):
    """A folder of A|B pictures, resized, cropped and mirrored at random as in pix2pix.py."""

    def __init__(self, folder, config, side, scale, flip, direction):
        endings = {".png", ".jpg", ".jpeg", ".webp"}
        self.paths = sorted(path for path in Path(folder).rglob("*") if path.suffix.lower() in endings)
        if not self.paths:
            raise SystemExit(f"{folder} holds no .png, .jpg or .webp")
        self.modes = ["L" if config[channels] == 1 else "RGB" for channels in ("in_channels", "out_channels")]
        self.side, self.scale, self.flip, self.direction = side, scale, flip, direction

    def __len__(self):
        return len(self.paths)

    def __getitem__(self, i):
        with Image.open(self.paths[i]) as pair:
            width, height = pair.size
            halves = [pair.crop((x, 0, x + width // 2, height)) for x in (0, width // 2)]
        if self.direction == "BtoA":
            halves.reverse()
        mirrored = self.flip and torch.rand(()) < 0.5
        x, y = (int(torch.randint(self.scale - self.side + 1, ())) for _ in range(2))
        tensors = []
        for half, mode in zip(halves, self.modes):
            half = half.convert(mode).resize((self.scale, self.scale), Image.Resampling.BOX)
            half = half.crop((x, y, x + self.side, y + self.side))
            values = numpy.asarray(half, numpy.float32).reshape(self.side, self.side, -1) / 127.5 - 1
            values = torch.from_numpy(values).permute(2, 0, 1)  # [S, S, C] -> [C, S, S]
            tensors.append(values.flip(2) if mirrored else values)
        return tensors


def parse():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", required=True, help="folder of A|B pictures")
    parser.add_argument("--output", required=True, help=".safetensors to write after each epoch")
    parser.add_argument("--model", help=".safetensors in our format to start from; default: random weights")
    parser.add_argument("--config", type=json.loads, default={}, help='of a new model: \'{"ngf": 32}\'')
    parser.add_argument("--ndf", type=int, default=64, help="of a new discriminator")
    parser.add_argument("--resume", help="file for both networks and optimisers: read if it exists, written after each epoch")
    parser.add_argument("--epochs", type=int, default=200, help="of the whole training")
    parser.add_argument("--max-steps", type=int, help="stop after this many steps of this run")
    parser.add_argument("--batch-size", type=int, default=1, help="pairs a step on each device")
    parser.add_argument("--workers", type=int, default=2, help="processes on each device that read pictures")
    parser.add_argument("--lr", type=float, default=2e-4)
    parser.add_argument("--l1-weight", type=float, default=100)
    parser.add_argument("--gan-weight", type=float, default=1)
    parser.add_argument("--scale-size", type=int, help="resized to this before the crop; default: 286 of 256")
    parser.add_argument("--no-flip", action="store_true")
    parser.add_argument("--direction", choices=["AtoB", "BtoA"], default="AtoB")
    parser.add_argument("--seed", type=int, default=0)
    return parser.parse_args()


def main():
    options = parse()
    gpu = torch.cuda.is_available()
    distributed.init_process_group("nccl" if gpu else "gloo")
    rank, world = distributed.get_rank(), distributed.get_world_size()
    device = torch.device("cuda", int(os.environ["LOCAL_RANK"])) if gpu else torch.device("cpu")
    if gpu:
        torch.cuda.set_device(device)
    torch.manual_seed(options.seed)  # the same weights everywhere

    stored, tensors = read_model(options.model) if options.model else (options.config, {})
    unknown = set(stored) - set(DEFAULTS)
    if unknown:
        raise SystemExit(f"this script does not know a network with {', '.join(sorted(unknown))}")
    config = {**DEFAULTS, **stored}
    if config["norm"] not in ("batch", "instance", "none"):
        raise SystemExit(f"this script does not know the norm {config['norm']}")
    if config["layout"] == "pytorch":
        config["bias"] = config["norm"] == "instance"
    elif config["norm"] == "none":
        config["bias"] = True
    first = tensors.get("discriminator.layer_1.conv.weight")
    generator = Generator(config)
    discriminator = Discriminator(config, options.ndf if first is None else first.shape[0])
    if tensors:
        fill(generator, "generator", tensors)
    if first is not None:
        fill(discriminator, "discriminator", tensors)
    networks = [generator.to(device), discriminator.to(device)]
    adams = [torch.optim.Adam(network.parameters(), options.lr, (0.5, 0.999)) for network in networks]
    epoch = 0
    if options.resume and Path(options.resume).exists():
        state = torch.load(options.resume, map_location=device)
        for part, saved in zip(networks + adams, state["parts"]):
            part.load_state_dict(saved)
        epoch = state["epoch"]
    # No buffers: there are none that a training reads, and each device normalises its own batch.
    wrap = dict(device_ids=[device.index] if gpu else None, broadcast_buffers=False)
    parallel_generator = DistributedDataParallel(generator, **wrap)
    parallel_discriminator = DistributedDataParallel(discriminator, **wrap)

    torch.manual_seed(options.seed + 1 + rank + world * epoch)  # other crops and dropout everywhere
    side = 2 ** config["depth"]
    scale = options.scale_size or side * 286 // 256
    pairs = Pairs(options.pairs, config, side, scale, not options.no_flip, options.direction)
    sampler = DistributedSampler(pairs, world, rank, seed=options.seed)
    loader = DataLoader(pairs, options.batch_size, sampler=sampler, num_workers=options.workers, drop_last=True)
    if len(loader) == 0:
        raise SystemExit(f"{len(pairs)} pairs are too few for {world} devices with {options.batch_size} a step")

    def is_real(logits, answer):
        return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, answer))

    step = 0
    while epoch < options.epochs and step != options.max_steps:
        sampler.set_epoch(epoch)
        for source, target in loader:
            source, target = source.to(device), target.to(device)
            fake = parallel_generator(source)

            # The discriminator learns to tell the two, and nothing of that reaches the generator.
            discriminator.requires_grad_(True)
            real_logits = parallel_discriminator(source, target)
            fake_logits = parallel_discriminator(source, fake.detach())
            discriminator_loss = is_real(real_logits, 1.0) + is_real(fake_logits, 0.0)
            adams[1].zero_grad()
            discriminator_loss.backward()
            adams[1].step()

            # The generator learns from the updated one, as in pytorch-CycleGAN-and-pix2pix.
            discriminator.requires_grad_(False)
            gan, l1 = is_real(discriminator(source, fake), 1.0), F.l1_loss(fake, target)
            adams[0].zero_grad()
            (options.gan_weight * gan + options.l1_weight * l1).backward()
            adams[0].step()
            step += 1

            losses = torch.stack([discriminator_loss.detach(), gan.detach(), l1.detach()])
            distributed.all_reduce(losses)
            if not losses.isfinite().all():
                raise SystemExit(f"the training diverged at step {step}")
            if rank == 0:
                means = dict(zip(("discriminator", "gan", "l1"), (losses / world).tolist()))
                print(json.dumps({"epoch": epoch, "step": step, **means}), flush=True)
            if step == options.max_steps:
                break
        else:
            epoch += 1
        if rank == 0:
            write_model(options.output, config, generator, discriminator)
            if options.resume:
                parts = [part.state_dict() for part in networks + adams]
                torch.save({"epoch": epoch, "parts": parts}, f"{options.resume}.part")
                os.replace(f"{options.resume}.part", options.resume)
        distributed.barrier()
    distributed.destroy_process_group()


if __name__ == "__main__":
    main()
