#!/bin/sh
# Every verb there is, without a cluster: help, version, usage errors, man page. A new one joins by existing.
. tests/lib.sh

verbs=
for file in "$TOP"/bin/*.c "$TOP"/plugins/local/*.c; do
	[ ! -e "$file" ] || verbs="$verbs $(basename "$file" .c)"
done

# The long options of VERB --help, as far as they are its own: the shared tables' titles end them.
own_options() {
	"$1" --help | awk '/^[A-Z][a-z ]*:$/ { exit }
		match($0, /^ +(-[A-Za-z], )?--[a-z0-9-]+/) { word = substr($0, RSTART, RLENGTH); sub(/.*--/, "", word); print word }' |
		grep -vxE 'help|version'
}

# The long options that a man page has an item for, in its order.
page_options() {
	sed -nE 's/^\.It Fl ([A-Za-z] , )?-([a-z0-9-]+).*/\2/p' "$TOP/man/$1.1" | grep -vxE 'help|version'
}

for verb in $verbs; do
	check "$verb --help: what it does, and two examples at least" '
		$verb --help >out && [ "$(grep -cE "^  $verb( |$)|\| $verb( |$)|^  [^ ].*$verb" out)" -ge 2 ] && grep -q "^Examples:" out'
	check "$verb --version" '[ "$($verb --version)" = "$verb $(sed -n "s/^VERSION := //p" "$TOP/Makefile")" ]'
	check "$verb --nonsense: one line, status 2" '
		exits 2 "$verb" --nonsense >out 2>err && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] && grep -q "^$verb: " err'
	if [ -e "$TOP/man/$verb.1" ]; then
		check "$verb.1 has the options of $verb --help, in their order" '
			own_options "$verb" >help.options; page_options "$verb" >page.options
			grep -xFf help.options page.options >found; same found <help.options'
	fi
done

if command -v mandoc >/dev/null; then
	check 'mandoc finds nothing in the man pages' '
		for page in "$TOP"/man/*.[1-8]; do
			mandoc -T lint -W warning "$page" || bad=1
		done
		[ -z "${bad-}" ]'
else
	skip 'mandoc finds nothing in the man pages' 'no mandoc here'
fi
