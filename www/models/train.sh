#!/usr/bin/env bash
# Makes the models of this folder: fetches data by name, prepares the pairs, trains, tests, exports.
#
#   www/models/train.sh DIR photo    edges2photo-ngf32, from the model before it
#   www/models/train.sh DIR emoji    edges2emoji-ngf32, from the model before it
#   www/models/train.sh DIR small    edges2emoji-ngf16, from the model before it
#   www/models/train.sh DIR front    labels2front-ngf32, from random weights
#   www/models/train.sh DIR room     labels2room-ngf32, from random weights
#   www/models/train.sh DIR colour   colorize-ngf32, from random weights
#
# DIR is for data and trainings. A training that was stopped goes on where it was saved. Needs Debian (apt-get download, for
# the 3D models and the photographs), Python with the packages of objects.py or photographs.py, Node, unzip, and the command
# line: cargo install --path . --features cli
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:?where? See the head of this file}
which=${2:?photo, emoji, small, front, room or colour?}
mkdir -p "$dir"
cd "$dir"

# The models before these; their cards in that commit tell how they were trained.
before() { # name
  local file
  for file in $1.pict $1-discriminator.safetensors; do
    [ -e "before-$file" ] || git -C "$here" show "5ad6970:www/models/$file" >"before-$file"
  done
  begin=(--generator "before-$1.pict" --discriminator "before-$1-discriminator.safetensors")
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

objects() {
  [ -d objects ] && return
  apt-get download sweethome3d-furniture=1.8-1
  dpkg-deb -x sweethome3d-furniture*.deb package
  local file
  mkdir -p objects
  for file in package/usr/share/sweethome3d/furniture/*.sh3f; do unzip -qo "$file" -d "objects/$(basename "$file" .sh3f)"; done
}

object_pairs() {
  [ -d pairs/objects/val ] && return
  objects
  python3 "$here/objects.py" objects pairs/objects
}

scene_pairs() { # fronts or rooms, how many
  objects
  python3 "$here/scenes.py" objects "pairs/$1" "$1" --count "$2"
}

photographs() {
  [ -e photographs/CREDITS.txt ] || python3 "$here/photographs.py" packages photographs
}

# What a training begins with.
begin=()

train() { # output, pairs, last step of this phase, options of this phase
  local output=$1 pairs=$2 last=$3 step; shift 3
  step=$(cd "$output" 2>/dev/null && ls model-*.safetensors | tr -dc '0-9\n' | sort -n | tail -1 || true)
  [ "${step:-0}" -lt "$last" ] || return 0
  [ -z "$step" ] || begin=(--checkpoint "$output")
  pix2pix train --input "$pairs" --output "$output" "${begin[@]}" --max-steps $((last - ${step:-0})) \
    --save-every 500 --device cpu "$@"
  begin=()
}

finish() { # output, held-out pairs, name of the model, numbers of hints to test it with
  local hints
  local -A spread=([0]='' [3]=--spread-hints [10]=--spread-hints)
  python3 "$here/cards.py" "$3" card.json thumbnail.png
  pix2pix export --checkpoint "$1" --output "$3.safetensors" --dtype q8 --card card.json --thumbnail thumbnail.png --force
  pix2pix convert "$1" "$3-discriminator.safetensors" --discriminator-only --dtype f16 --force
  for hints in "${@:4}"; do
    pix2pix test --checkpoint "$3.safetensors" --input "$2" --output "tested-$3-$hints" --no-dropout --hints $hints ${spread[$hints]}
  done
}

# New sketches at every step; hints that fill their regions, and other colours for the targets of some; no grid, no brown.
vivid=(--lines varied --hints 0.5 --spread-hints --kernels linear --gan-weight 0.3 --slope-floor 0.1 --average 0.999 --seed 1 --warmup 100)
# Without cuts: the colours of labels stay as they are.
scenes=(--ngf 32 --ndf 32 --max-width 128 --scale-size 256 --kernels linear --chroma-weight 0.3 --average 0.999 --seed 1
  --decay-from 2000 --decay-to 3000)
# Without dropout: so few steps learn little through it.
colours=(--lab-colorization --ngf 32 --ndf 32 --max-width 128 --kernels linear --no-dropout --seed 1)
case $which in
  photo)
    object_pairs
    before edges2photo-ngf32
    train edges2photo pairs/objects/train 6300 "${vivid[@]}" --recolor 0.4 --chroma-weight 0.08
    train edges2photo pairs/objects/train 8000 "${vivid[@]}" --recolor 0.4 --chroma-weight 0.03 --decay-from 6500 --decay-to 8000
    finish edges2photo pairs/objects/val edges2photo-ngf32 0 3 10
    ;;
  emoji)
    emoji_pairs
    before edges2emoji-ngf32
    train edges2emoji pairs/emoji/train 6500 "${vivid[@]}" --recolor 0.5 --chroma-weight 0.2 --decay-from 4500 --decay-to 6500
    finish edges2emoji pairs/emoji/val edges2emoji-ngf32 0 3 10
    ;;
  small)
    emoji_pairs
    before edges2emoji-ngf16
    train small pairs/emoji/train 4000 "${vivid[@]}" --recolor 0.5 --chroma-weight 0.2 --decay-from 2500 --decay-to 4000
    finish small pairs/emoji/val edges2emoji-ngf16 0 3 10
    ;;
  front)
    scene_pairs fronts 360
    train labels2front pairs/fronts/train 3000 "${scenes[@]}"
    finish labels2front pairs/fronts/val labels2front-ngf32 0
    ;;
  room)
    scene_pairs rooms 289
    train labels2room pairs/rooms/train 3000 "${scenes[@]}"
    finish labels2room pairs/rooms/val labels2room-ngf32 0
    ;;
  colour)
    photographs
    # By L1 alone until hues are right, which is pale; then against a discriminator, and not for long, because it turns hues.
    train colorize-l1 photographs/train 4500 "${colours[@]}" --generator-only --lr 0.0004 --average 0.999 \
      --decay-from 3500 --decay-to 4500
    pix2pix export --checkpoint colorize-l1 --output colorize-l1.pict --force
    begin=(--generator colorize-l1.pict)
    train colorize photographs/train 750 "${colours[@]}" --gan-weight 0.4 --warmup 100 --average 0.998
    finish colorize photographs/val colorize-ngf32 0
    python3 "$here/colours.py" colorize-ngf32.jpg colorize-ngf32.safetensors photographs
    ;;
  *) sed -n '2,12s/^# \{0,1\}//p' "$here/train.sh"; exit 2 ;;
esac
