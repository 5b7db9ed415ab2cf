#!/bin/sh
# kpods: list, get and watch pods.
. tests/lib.sh
need jq script

cluster
pod() {
	krun "$@" --image=test/busybox:1 --overrides '{"spec":{"automountServiceAccountToken":false}}'
}
# at_terminal CMD: what it prints where stdout is a terminal.
at_terminal() {
	script -qec "$*" /dev/null </dev/null | tr -d '\r'
}
check 'three pods come up' '
	pod one --labels app=web,tier=a --wait --timeout=30s >one.json && pod two --labels app=web,tier=b --wait --timeout=30s &&
	pod three --labels app=db --wait --timeout=30s && [ "$(jq -r .status.phase one.json)" = Running ]'

check 'in a pipe: each pod is a line, whole, with apiVersion and kind in front' '
	kpods >out && [ "$(wc -l <out)" = 3 ] && jq -r ".apiVersion + .kind + .metadata.name" out >names && same names <<-\EOF
	v1Podone
	v1Podthree
	v1Podtwo
	EOF
	[ "$(grep -c "^{\"apiVersion\":\"v1\",\"kind\":\"Pod\"," out)" = 3 ]'
check 'its bytes are those of the server' '
	curl -s -A x --unix-socket "$(klocal --name "$CLUSTER" status | jq -r .socket)" \
		http://x/api/v1/namespaces/default/pods | jq -c ".items[]" >wanted &&
	kpods | jq -c "del(.apiVersion, .kind)" >got && same got <wanted'
check 'by name: in the order of the words' '
	kpods two one -o name >out && same out <<-\EOF
	pod/two
	pod/one
	EOF'
check 'a pod that is not there: one line, status 3, and the others still come' '
	exits 3 kpods one nope two >out 2>err && [ "$(wc -l <out)" = 2 ] && same err <<-\EOF
	kpods: pods "nope" not found (NotFound)
	EOF'
check '--errors=json: the same as a Status' '
	exits 3 kpods nope --errors=json 2>err && jq -r "[.kind, .reason, .message, .verb, .code, .exitStatus] | @csv" err >out &&
	same out <<-\EOF
	"Status","NotFound","pods ""nope"" not found","kpods",404,3
	EOF'
check '-l, --field-selector, both' '
	[ "$(kpods -l app=web | wc -l)" = 2 ] && [ "$(kpods -l "app in (web),tier!=a" -o name)" = pod/two ] &&
	[ "$(kpods --field-selector metadata.name=three -o name)" = pod/three ] &&
	[ -z "$(kpods -l app=web --field-selector metadata.name=three)" ]'
check 'a selector that is none is told by the server, an option that is none by the verb' '
	exits 2 kpods -l "a b c" 2>err || exits 1 kpods -l "a b c" 2>err; [ -s err ] && exits 2 kpods --selectr x'
check '-n and -A' '
	[ -z "$(kpods -n kube-public)" ] && [ "$(kpods -A | wc -l)" = 3 ] && exits 2 kpods -A -n x && exits 2 kpods -A one'
check '-q and -r: a filter in the process' '
	kpods -q .metadata.name -r >out && same out <<-\EOF
	one
	three
	two
	EOF
	kpods -q ".metadata | [.name, .labels.app]" one >out && echo "[\"one\",\"web\"]" | same out &&
	kpods -q "select(.metadata.name == \"one\")" | jq -e ".kind == \"Pod\"" &&
	exits 2 kpods -q "nonsense(" 2>err && [ "$(wc -l <err)" = 1 ]'
check '-o json: one object, or one List of several' '
	kpods one -o json | jq -e ".kind == \"Pod\"" && kpods -o json >out && jq -e ".kind == \"List\" and (.items | length == 3)" out &&
	kpods one two -o json | jq -e ".items | length == 2" && kpods -l no=one -o json | jq -e ".items == []" &&
	jq --indent 4 . out | same out'
check '-o yaml: documents that read back' '
	kpods -o yaml >out && [ "$(grep -c "^---$" out)" = 2 ] && kpods -f out -o name | wc -l | grep -qx 3'
check '-o custom-columns, in kubectl'\''s spellings' '
	kpods one -o custom-columns=NAME:.metadata.name,APP:metadata.labels.app,X:.nope >out && same out <<-\EOF
	NAME   APP   X
	one    web   <none>
	EOF'
check 'columns that are none are named, and nothing is printed' '
	exits 2 kpods -o custom-columns=NAME:metdata,name >out 2>err && [ ! -s out ] && [ "$(wc -l <err)" = 1 ] && grep -q name err'
check 'an unknown form: what there is' 'exits 2 kpods -o xml 2>err && grep -q jsonl err'

check 'on a terminal: kubectl'\''s columns' '
	at_terminal kpods one | sed -E "s/[0-9]+m?[0-9]*s *$/AGE/" >out && same out <<-\EOF
	NAME   READY   STATUS    RESTARTS   AGE
	one    1/1     Running   0          AGE
	EOF'
check '-o wide adds addresses and nodes, -A the namespace, --no-headers leaves the header out' '
	kpods -o wide | head -n 1 | tr -s " " >out && kpods -A -o table | head -n 1 | tr -s " " >>out &&
	kpods one -o table --no-headers | cut -d " " -f 1 >>out && same out <<-\EOF
	NAME READY STATUS RESTARTS AGE IP NODE NOMINATED NODE READINESS GATES
	NAMESPACE NAME READY STATUS RESTARTS AGE
	one
	EOF'
check 'a filter that gives pods leaves the table, one that gives something else prints lines' '
	kpods -o table -q "select(.metadata.name == \"two\")" | cut -d " " -f 1 >out &&
	kpods -o table -r -q .metadata.name >>out && same out <<-\EOF
	NAME
	two
	one
	three
	two
	EOF'
check 'nothing at all: no output; a terminal is told' '
	kpods -l no=one >out 2>err && [ ! -s out ] && [ ! -s err ] && kpods -l no=one -o table >out 2>err && [ ! -s out ] &&
	grep -q "^kpods: " err'

check '-f - reads which pods from stdin: plain, wrapped and in a List' '
	kpods one | kpods -f - -o name >out && kpods --events two | kpods -f - -o name >>out &&
	kpods -o json | kpods -f - -o name >>out && same out <<-\EOF
	pod/one
	pod/two
	pod/one
	pod/three
	pod/two
	EOF'
check 'nothing in: nothing out, and it is no failure' 'kpods -f - </dev/null >out && [ ! -s out ]'
check 'a line that is no object is told, and the others are read' '
	{ kpods one; echo "{\"a\":1}"; kpods two; } >in && exits 1 kpods -f - -o name <in >out 2>err && [ "$(wc -l <out)" = 2 ] &&
	[ "$(wc -l <err)" = 1 ]'
check 'another kind is not shown' 'exits 2 kpods deploy/web 2>err && [ "$(wc -l <err)" = 1 ]'

check '-w --events: what is there, then every change' '
	kpods -w --events -l app=late >watched & watcher=$!
	soon "[ -e watched ]" && pod late --labels app=late --wait --timeout=30s >late && krm pod/late >gone &&
	soon "grep -q DELETED watched" && kill "$watcher" && exits 143 wait "$watcher"
	jq -r .type watched | sed -n "1p;\$p" >out && same out <<-\EOF
	ADDED
	DELETED
	EOF
	[ "$(jq -r .object.metadata.name watched | sort -u)" = late ]'
check '-w ends with its reader, quietly' '
	timeout 20 sh -c "kpods -w 2>err | head -n 3 >out" && [ "$(wc -l <out)" = 3 ] && [ ! -s err ]'
check '-w -o json: objects, not a List that never ends' '
	kpods -w -o json >watched & watcher=$!
	soon "jq -es \"length > 2 and all(.[]; .kind == \\\"Pod\\\")\" watched"; got=$?; kill $watcher; exit $got'
check '-w of several names is a usage error' 'exits 2 kpods -w one two'
check '-w on a terminal: rows as they come' '
	script -qec "kpods -w -l app=row" row.out </dev/null & watcher=$!
	pod row --labels app=row --wait --timeout=30s >row && soon "grep -q Running row.out"; kill "$watcher"'

check 'no cluster: status 6 and what to do' '
	(unset KUBECONFIG; KLOCAL_HOME=$DIR/empty exits 6 kpods 2>err) && [ "$(wc -l <err)" = 1 ] && grep -q "klocal up" err'
check '--request-timeout: a server that never answers' '
	{ python3 -c "import socket, time
s = socket.socket(); s.bind((\"127.0.0.1\", 0)); s.listen(); print(s.getsockname()[1], flush=True); time.sleep(60)" >port & } &&
	soon "[ -s port ]" && printf "%s\n" "apiVersion: v1" "kind: Config" "current-context: a" \
		"contexts: [{name: a, context: {cluster: a}}]" "clusters: [{name: a, cluster: {server: \"http://127.0.0.1:$(cat port)\"}}]" \
		>silent && KUBECONFIG=silent exits 7 kpods --request-timeout=300ms'
check '-v tells the requests' 'kpods -v one 2>err >out && grep -q "GET .*pods/one" err'
