#!/usr/bin/env bash
# Makes the models of this folder: fetches data by name, prepares the pairs, trains, tests, exports.
#
#   www/models/train.sh DIR emoji    edges2emoji-ngf32, from the model before it
#   www/models/train.sh DIR photo    edges2photo-ngf32, from edges2emoji-ngf32
#   www/models/train.sh DIR small    edges2emoji-ngf16, from random weights
#
# DIR is for data and trainings. A training that was stopped goes on where it was saved. Needs Debian (apt-get download,
# for the photographs), Node, unzip, and the command line: cargo install --path . --features cli
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=${1:?where? See the head of this file}
which=${2:?emoji, photo or small?}
mkdir -p "$dir"
cd "$dir"

# The emoji model before these was trained with the original pix2pix.py; its card in that commit tells how.
before() {
  [ -e before.pict ] || git -C "$here" show 1eb7c7d:www/models/edges2emoji-ngf32.pict >before.pict
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

finish() { # output, held-out pairs, name of the model
  local hints
  pix2pix export --checkpoint "$1" --output "$3.pict" --force
  pix2pix convert "$1" "$3-discriminator.safetensors" --discriminator-only --dtype f16 --force
  for hints in 0 3 10; do
    pix2pix test --checkpoint "$3.pict" --input "$2" --output "tested-$3-$hints" --no-dropout --hints $hints
  done
}

# New sketches at every step, and a discriminator of a quarter of the cost.
varied=(--lines varied --ndf 16 --warmup 100 --seed 1)
case $which in
  emoji)
    emoji_pairs
    before
    begin=(--generator before.pict "${varied[@]}")
    # The phases are what was learned on the way. With hints in half of the sketches it took strokes of colour for lines;
    # in nine of ten it told warm from cold after 4,000 steps; with other colours, which lines do not tell, it had them all
    # after 3,000 more. The next is for sketches without hints, too. The last, with little of the discriminator, is against the
    # grid in plain areas; with it came shades near the target's: until then hints had its very colours.
    train edges2emoji pairs/emoji/train 3016 --hints 0.5
    train edges2emoji pairs/emoji/train 7614 --hints 0.9
    train edges2emoji pairs/emoji/train 11501 --hints 0.8 --recolor 0.7 --decay-from 11500 --decay-to 15000
    train edges2emoji pairs/emoji/train 15000 --hints 0.6 --recolor 0.6
    train edges2emoji pairs/emoji/train 19000 --gan-weight 0.2 --decay-from 16500 --decay-to 19000
    finish edges2emoji pairs/emoji/val edges2emoji-ngf32
    ;;
  photo)
    photo_pairs
    begin=(--generator "$here/edges2emoji-ngf32.pict" --discriminator "$here/edges2emoji-ngf32-discriminator.safetensors"
      --lines varied --seed 1)
    train edges2photo pairs/photo/train 5000 --hints 0.6 --recolor 0.5 --decay-from 2500 --decay-to 5000
    train edges2photo pairs/photo/train 10500 --decay-from 7500 --decay-to 10500
    train edges2photo pairs/photo/train 13500 --gan-weight 0.2 --decay-from 11500 --decay-to 13500
    finish edges2photo pairs/photo/held-out edges2photo-ngf32
    ;;
  small)
    emoji_pairs
    begin=(--ngf 16 --bias "${varied[@]}")
    train small pairs/emoji/train 12000 --hints 0.6 --recolor 0.6 --decay-from 7000 --decay-to 12000
    train small pairs/emoji/train 13282 --decay-from 14500 --decay-to 17000
    train small pairs/emoji/train 17000 --gan-weight 0.2
    finish small pairs/emoji/val edges2emoji-ngf16
    ;;
  *) sed -n '2,10s/^# \{0,1\}//p' "$here/train.sh"; exit 2 ;;
esac
