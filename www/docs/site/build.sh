#!/usr/bin/env bash
# Builds the documentation into target/docs/dist and installs what that needs, apart from what the tests need. No Rust is compiled.
#
#   npm run docs            a site of static files
#   npm run docs -- --dev   serves it while its texts are written: those of the README and of www/docs after the next start
#
# DOCS_BASE is the path that it will lie at, `/` or `/docs/`, say; DOCS_REPOSITORY the address under which the repository's files can
# be read: links to those that are no pages lead there.
set -euo pipefail
cd "$(dirname "$0")/../../.."

command=build
case ${1:-} in
  '') ;;
  --dev) command=dev ;;
  *) sed -n '2,8s/^# \{0,1\}//p' "$0"; exit 2 ;;
esac

source=www/docs/site
folder=target/docs
mkdir -p $folder/.vitepress
if ! cmp -s $source/package-lock.json $folder/package-lock.json || ! [ -e $folder/node_modules/.package-lock.json ]; then
  cp $source/package.json $source/package-lock.json $folder
  npm --prefix $folder ci --no-audit --no-fund
fi
rm -rf $folder/pages
cp -r $source/config.ts $source/pages.ts $source/theme $folder/.vitepress/
# Its plug-in is found from where it runs.
(cd $folder && node_modules/.bin/typedoc --options ../../$source/typedoc.json --logLevel Warn)
$folder/node_modules/.bin/vitepress $command $folder
