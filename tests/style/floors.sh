#!/bin/sh
# The tree is the architecture: who may include whom is told by the folders, and by the Makefile's list of floors.
. tests/lib.sh

# includes TOP: a line "FILE INCLUDED" for each #include "…" below TOP, found as the compiler finds it.
includes() {
	(
		cd "$1" && find bin common plugins -name '*.[ch]' -exec grep -H '^#include "' {} + |
			while IFS=:\" read -r file _ name _; do
				for place in "$(dirname "$file")" common plugins/local; do
					[ ! -e "$place/$name" ] || break
				done
				echo "$file $place/$name"
			done
	)
}

# judge 'FLOORS' <includes: tells each include that goes up or aside; status 1 where there is one.
judge() {
	awk -v floors="$1" '
		BEGIN { for (n = split(floors, names, " "); n; n--) height[names[n]] = n }
		{
			depth = split($1, from, "/")
			split($2, to, "/")
			local = to[1] == "plugins" && to[2] == "local"
			good = to[1] == "common"
			if (from[1] == "common")
				good = good && (to[2] in height) && height[to[2]] <= height[from[2]]
			else if (from[1] == "plugins" && from[2] == "local")   # a part: itself and plugins/local/*.h
				good = good || local && (depth == 3 || to[3] == from[3] || to[3] ~ /\.h$/)
			if (!good) {
				print $1 " may not include " $2
				bad = 1
			}
		}
		END { exit bad }'
}

floors=$(sed -n 's/^FLOORS *:= *//p' "$TOP/Makefile")
parts=$(sed -n 's/^PARTS *:= *//p' "$TOP/Makefile")
includes "$TOP" >includes

check 'the Makefile names the floors, and common/ has nothing else' '
	[ -n "$floors" ] && for folder in "$TOP"/common/*; do
		case " $floors " in *" ${folder##*/} "*) ;; *) echo "$folder is no floor" && exit 1 ;; esac
	done'
check 'the Makefile names the parts of klocal, and they are what is in plugins/local' '
	[ -n "$parts" ] && for folder in "$TOP"/plugins/local/*/; do
		case " $parts " in *" $(basename "$folder") "*) ;; *) echo "$folder is no part" && exit 1 ;; esac
	done'
check 'every include goes down, or stays where it is' 'judge "$floors" <includes'
check 'no header includes itself by a detour' '
	grep -E "\.h .*\.h$" includes | tsort >/dev/null 2>circles || true
	cat circles && ! [ -s circles ]'
check 'base knows no JSON, and only formats and above include jq'\''s headers' '
	! grep -lE "^#include <(jv|jq)\.h>" "$TOP"/common/base/*.[ch]'

check 'an include that goes up, or aside, is found' '
	mkdir -p bin common/base common/api plugins/local/api plugins/local/node &&
	echo "#include \"api/up.h\"" >common/base/low.c && : >common/api/up.h &&
	echo "#include \"api/own.h\"" >plugins/local/node/aside.c && : >plugins/local/api/own.h &&
	echo "#include \"api/up.h\"" >plugins/local/node/fine.c &&
	echo "#include \"api/own.h\"" >bin/verb.c &&
	includes . >bad && ! judge "base api" <bad >told && sort -o told told && same told <<-\EOF
	bin/verb.c may not include plugins/local/api/own.h
	common/base/low.c may not include common/api/up.h
	plugins/local/node/aside.c may not include plugins/local/api/own.h
	EOF'
