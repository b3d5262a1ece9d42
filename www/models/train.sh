#!/usr/bin/env bash
# Makes the next models of this folder out of those that lie here: fetches data by name, prepares the pairs, trains, tests,
# exports.
#
#   www/models/train.sh DIR emoji    edges2emoji-ngf32
#   www/models/train.sh DIR photo    edges2photo-ngf32
#
# DIR is for data and trainings. A training that was stopped goes on where it was saved. Needs Debian (apt-get download,
# for the photographs), Node, unzip, and the command line: cargo install --path . --features cli
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:?where? See the head of this file}
which=${2:?emoji or photo?}
mkdir -p "$dir"
cd "$dir"

# The models before these, trained with the original pix2pix.py; the cards of that commit tell how.
before=1eb7c7d
first() { # name of a model
  [ -e "first/$1" ] || { mkdir -p first; git -C "$here" show "$before:www/models/$1" >"first/$1"; }
}

emoji_pairs() {
  [ -d pairs/emoji ] && return
  npm pack --silent @lobehub/fluent-emoji-3d@1.1.0
  mkdir -p emoji
  tar -xzf lobehub-fluent-emoji-3d-1.1.0.tgz -C emoji
  # Without the variants of skin; variants of one thing lie on one side of the split.
  pix2pix pairs emoji/package/assets --edges --margin 8 --exclude '1f3f[b-f]' \
    --held-out 1 --group-by-prefix - --output pairs/emoji
}

photo_pairs() {
  [ -d pairs/photo ] && return
  apt-get download tuxpaint-stamps-default=2022.06.04-1 sweethome3d-furniture=1.8-1
  for package in tuxpaint-stamps-default sweethome3d-furniture; do dpkg-deb -x $package*.deb packages; done
  mkdir -p photos/{train,held-out,icons}
  for part in train held-out; do
    tar -C packages/usr/share/tuxpaint/stamps -cf - -T "$here/edges2photo-$part.list" | tar -C photos/$part -xf -
  done
  (cd photos/icons && xargs -d '\n' unzip -qo ../../packages/usr/share/sweethome3d/furniture/BlendSwap-CC-0.sh3f) \
    <"$here/edges2photo-icons.list"
  local part
  for part in held-out train icons; do
    pix2pix pairs photos/$part --recursive --edges --trim --margin 8 --output pairs/photo/$part
  done
  cp pairs/photo/icons/* pairs/photo/train/
}

train() { # output, steps, options
  local output=$1 steps=$2 step; shift 2
  step=$(cd "$output" 2>/dev/null && ls model-*.safetensors | tr -dc '0-9\n' | sort -n | tail -1 || true)
  if [ -z "$step" ]; then
    pix2pix train --output "$output" --max-steps "$steps" --save-every 500 --device cpu "$@"
  elif [ "$step" -lt "$steps" ]; then
    pix2pix train --output "$output" --checkpoint "$output" --max-steps $((steps - step)) --save-every 500 --device cpu "${@:1:2}"
  fi
}

tell() { # output, held-out pairs
  local hints
  for hints in 0 3 10; do
    pix2pix test --checkpoint "$1" --input "$2" --output "tested-$1-$hints" --no-dropout --hints $hints
  done
}

export_model() { # output, name
  pix2pix export --checkpoint "$1" --format pict --dtype q8 --output "$2.pict" --force
}

# New sketches at every step, and a discriminator of a quarter of the cost. Colour hints in nearly all sketches: with half of them
# the model took strokes of colour for lines for 3,000 steps; with nine in ten it understood them after 1,000.
varied=(--lines varied --hints 0.9 --ndf 16 --warmup 100 --seed 1)
case $which in
  emoji)
    emoji_pairs
    first edges2emoji-ngf32.pict
    train edges2emoji 12000 --input pairs/emoji/train --generator first/edges2emoji-ngf32.pict \
      --decay-from 8000 --decay-to 12000 "${varied[@]}"
    tell edges2emoji pairs/emoji/val
    export_model edges2emoji edges2emoji-ngf32
    ;;
  photo)
    photo_pairs
    first edges2photo-ngf32.pict
    train edges2photo 10000 --input pairs/photo/train --generator first/edges2photo-ngf32.pict \
      --decay-from 6000 --decay-to 10000 "${varied[@]}"
    tell edges2photo pairs/photo/held-out
    export_model edges2photo edges2photo-ngf32
    ;;
  *) sed -n '2,10s/^# \{0,1\}//p' "$here/train.sh"; exit 2 ;;
esac
