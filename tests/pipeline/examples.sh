#!/bin/sh
# The examples of the man pages and of --help are run. A new page joins by existing.
. tests/lib.sh
need jq

PODLINE_PLUGINS=$TOP/plugins/views:$TOP/plugins/examples
export PODLINE_PLUGINS
cluster

# Those of a page: its displayed lines behind EXAMPLES.
page_examples() {
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/s/^\.Dl //p' "$1" | sed 's/\\-/-/g; s/\\(dq/"/g; s/\\&//g'
}
# Those of --help: the less indented lines.
help_examples() {
	"$1" --help | sed -n '/^Examples:/,$s/^  \([^ ].*\)/\1/p'
}
# What they are about is there before each of them.
prepare() {
	case $1 in krun*) krm pods --all --grace-period=1 && return ;; esac
	kget pod/web -o name || krun web --image=test/busybox:1 --labels app=web --wait --timeout=30s
	kget cm/web -o name ||
		curl -s --unix-socket "$socket" -H 'Content-Type: application/json' -d '{"metadata":{"name":"web"}}' \
			http://localhost/api/v1/namespaces/default/configmaps
} >>prepared 2>&1

socket=$(klocal --name "$CLUSTER" status | jq -r .socket)
for page in "$TOP"/man/*.1; do
	verb=$(basename "$page" .1)
	[ "$verb" != klocal ] || continue       # its examples start and end clusters, as tests/pipeline/klocal.sh does
	{ page_examples "$page"; help_examples "$verb"; } | sort -u >"$verb.examples"
	check "$verb: two examples at least" '[ "$(wc -l <"$verb.examples")" -ge 2 ]'
	while read -r example; do
		check "$example" '
			prepare "$example"
			timeout 5 sh -c "$example" >out 2>err; status=$?
			case $status in
			0) [ ! -s err ] ;;
			124) [ ! -s err ] && case $example in *-w*) true ;; *) false ;; esac ;;        # goes on until it is ended
			*) false ;;
			esac || { echo "status $status"; cat err; exit 1; }'
	done <"$verb.examples"
done
