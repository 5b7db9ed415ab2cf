#!/bin/sh
# The house's habits, as far as a program can see them.
. tests/lib.sh

cd "$TOP" || exit 1
sources() {
	find bin common plugins tests -name '*.[ch]'
}
none() {                # no line of the given files matches: none PATTERN FILE…
	pattern=$1
	shift
	! grep -nE -e "$pattern" "$@" /dev/null
}

check 'no goto' 'none "^[^/*\"]*\<goto\> " $(sources)'
check 'nothing unbounded and no shell: strcpy, strcat, sprintf, gets, system, popen' '
	none "(^|[^a-z_])(strcpy|strcat|sprintf|vsprintf|gets|system|popen)\(" $(sources)'
check 'nothing says that it is unfinished' 'none "\<(TODO|FIXME|XXX|HACK)\>|not implemented" $(sources)'
check 'lines of at most 120 columns, no blanks at their ends, a newline at the end of a file' '
	sources | xargs wc -L | awk "\$2 != \"total\" && \$1 > 120 { print \$2 \": a line of \" \$1; bad = 1 } END { exit bad }" &&
	none "[[:blank:]]$" $(sources) &&
	for file in $(sources); do
		[ -z "$(tail -c 1 "$file")" ] || { echo "$file has no newline at its end" && exit 1; }
	done'
check 'a .c file has at most 1000 lines, a verb 300, a header 300' '
	find bin common plugins -name "*.[ch]" -exec wc -l {} + | awk "
		\$2 == \"total\" { next }
		\$1 > 1000 || (\$2 ~ /^bin\// || \$2 ~ /\.h$/) && \$1 > 300 { print \$2 \" has \" \$1 \" lines\"; bad = 1 }
		END { exit bad }"'
check 'a header says first what it is, and is read once' '
	for file in $(find common plugins -name "*.h"); do
		[ "$(head -c 3 "$file")" = "/* " ] && grep -q "^#pragma once" "$file" || { echo "$file" && bad=1; }
	done
	[ -z "${bad-}" ]'
check 'no test waits for a fixed time' 'none "(^|[;&|({] *)sleep [0-9.]+" $(find tests -name "*.sh")'
check 'no file names a machine'\''s own folders' '
	none "\.\./shared|(^|[\" =(])/(work|root)/" $(find Makefile README.md bin common plugins completions man tests -type f \
		! -name lib.sh ! -name run ! -name style.sh)'

if command -v ctags >/dev/null && ctags --version | grep -q Universal; then
	check 'a function has at most 120 lines' '
		find bin common plugins -name "*.c" | ctags -L - --kinds-C=f --fields=+ne -o - | awk -F "\t" "
			{
				for (i = 4; i <= NF; i++) {
					if (\$i ~ /^line:/) first = substr(\$i, 6)
					if (\$i ~ /^end:/) last = substr(\$i, 5)
				}
				if (last - first >= 120) { print \$2 \": \" \$1 \"() has \" last - first + 1 \" lines\"; bad = 1 }
			}
			END { exit bad }"'
else
	skip 'a function has at most 120 lines' 'no universal-ctags here'
fi
if command -v shellcheck >/dev/null; then
	check 'shellcheck finds nothing in the scripts' '
		shellcheck -s sh -S warning -e SC2034,SC2016 tests/lib.sh tests/run tests/setup.sh $(find tests -name "*.sh")'
else
	skip 'shellcheck finds nothing in the scripts' 'no shellcheck here'
fi
