#!/bin/sh
# What stands in the repository's top folder, and that files are what their place says.
. tests/lib.sh

cd "$TOP" || exit 1
files() {
	find "$@" -path ./build -prune -o -path "$BUILD" -prune -o -type f -print
}

check 'nothing stands at the top but what has a place there' '
	for entry in *; do
		case $entry in
		Makefile | README.md | LICENSE | bin | common | plugins | completions | man | tests | build) ;;
		*) echo "$entry has no place here" && bad=1 ;;
		esac
	done
	[ -z "${bad-}" ]'
check 'every verb has its man page, and every page its program' '
	for verb in bin/*.c plugins/local/*.c; do
		[ ! -e "$verb" ] || verb=$(basename "$verb" .c)
		[ -e "man/$verb.1" ] || { echo "no man/$verb.1" && bad=1; }
	done
	for page in man/*.1; do
		verb=$(basename "$page" .1)
		[ -e "bin/$verb.c" ] || [ -e "plugins/local/$verb.c" ] || { echo "$page is of nothing" && bad=1; }
	done
	[ -z "${bad-}" ]'
check 'what can be run is marked so, and nothing else is' '
	for file in tests/run tests/setup.sh $(files plugins/examples 2>/dev/null); do
		[ -x "$file" ] || { echo "$file cannot be run" && bad=1; }
	done
	find bin common man completions -type f -perm /111 | grep . && bad=1
	[ -z "${bad-}" ]'
