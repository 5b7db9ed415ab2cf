#!/bin/sh
# k: runs verbs and plugins by name, and lists them.
. tests/lib.sh

PODLINE_PLUGINS=$TOP/plugins/examples:$DIR/own
export PODLINE_PLUGINS
mkdir own path
printf '#!/bin/sh\n# about: says what it was given\nprintf "%%s." "$@"\n' >own/tell
printf '#!/bin/sh\necho mine; exit 7\n' >own/spread
printf '#!/bin/sh\necho kubectl "$@"\n' >path/kubectl-other_one
printf '#!/bin/sh\necho longer "$@"\n' >path/kubectl-other_one-more
chmod +x own/* path/*
: >own/plain
PATH=$DIR/path:$PATH

check 'k alone lists verbs and plugins, a line each with what they do' '
	k >list && grep -qE "^pods  +list, get and watch pods$" list && grep -qE "^tell  +says what it was given$" list &&
	grep -q "^spread " list && grep -q "^other_one " list && ! grep -q plain list &&
	[ "$(cut -d " " -f 1 list | sort | uniq -d)" = "" ]'
check 'every verb is in it, with its line' '
	for file in "$TOP"/bin/k?*.c "$TOP"/plugins/local/*.c; do
		verb=$(basename "$file" .c)
		grep -qxE "${verb#k} +$($verb --about)" list || { echo "$verb" && exit 1; }
	done'
check 'k VERB is that verb' '[ "$(k pods --version)" = "$(kpods --version)" ] && exits 2 k pods --nonsense'
check 'a plugin gets its words as they are' 'k tell "a b" -c "" >out && printf "a b.-c.." | same out'
check 'the first folder with the name counts' 'k spread --help >out 2>&1; ! grep -q mine out'
check 'a plugin'\''s status is passed on' 'PODLINE_PLUGINS=$DIR/own exits 7 k spread'
check 'kubectl'\''s plugins: the longest name that is there' '
	k other-one x -y >out && k other-one more x >>out && same out <<-\EOF
	kubectl x -y
	longer x
	EOF'
check 'an unknown name: one line with what was meant, status 2' '
	exits 2 k pood 2>err && same err <<-\EOF
	k: no verb or plugin "pood"; did you mean "pods"?
	EOF'
check 'a name is no path' 'exits 2 k ../own/tell && exits 2 k ./tell && exits 2 k /bin/true'
check 'the verbs are on PATH for what it runs' '
	printf "#!/bin/sh\ncommand -v kpods\n" >own/where && chmod +x own/where &&
	PATH=/usr/bin:/bin "$BUILD/k" where >out && echo "$BUILD/kpods" | same out'

cluster
check 'the example: a verb in ten lines of shell' '
	[ "$(wc -l <"$TOP/plugins/examples/spread")" -le 10 ] && krun a --image=i --wait --timeout=30s >made &&
	krun b --image=i --wait --timeout=30s >made && krun c --image=i --overrides "{\"spec\":{\"nodeSelector\":{\"a\":\"b\"}}}" >made &&
	k spread >out && same out <<-\EOF
	{"node":"<none>","pods":1}
	{"node":"klocal-'"$CLUSTER"'","pods":2}
	EOF
	k spread -l no=one >out && [ ! -s out ] && exits 2 k spread --nonsense'
