#!/bin/sh
# krm: deletes objects and waits until they are gone.
. tests/lib.sh
need jq kubectl

cluster
# pods NAME…: they are made, with a label by their first letter, and Running.
pods() {
	for name; do
		krun "$name" --image=test/busybox:1 --labels "first=${name%"${name#?}"}" --wait --timeout=30s || return
	done >>made
}
configmap() {
	for name; do
		printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s"}}\n' "$name"
	done | kubectl create -f - >>made
}
pods a1 a2 b1 b2 c1 c2 c3
configmap one two

check 'by name: printed when they are gone' '
	krm pod/a1 cm/one -o name | sort >out && same out <<-\EOF && exits 3 kget pod/a1 cm/one
	configmap/one
	pod/a1
	EOF'
check 'KIND NAME…, one of which is not there' '
	exits 3 krm pods a2 nope -o name >out 2>err && echo pod/a2 | same out && same err <<-\EOF
	krm: pods "nope" not found (NotFound)
	EOF'
check '--ignore-not-found' 'krm pod/nope cm/nope --ignore-not-found >out && [ ! -s out ]'
check 'JSON lines from stdin, plain and wrapped' '
	kpods b1 | krm --events >out && kpods b2 --events | krm --events >>out && jq -r ".type + \" \" + .object.metadata.name" out >got &&
	same got <<-\EOF && [ -z "$(kpods -l first=b)" ]
	DELETED b1
	DELETED b2
	EOF'
check 'nothing in, nothing done' 'krm </dev/null && [ "$(kpods | wc -l)" = 3 ]'
check 'a kind alone is not all of it' 'exits 2 krm pods 2>err && [ "$(wc -l <err)" = 1 ] && [ "$(kpods | wc -l)" = 3 ]'
check 'a word or a selector that is empty is neither all nor stdin' '
	kpods >some && exits 2 krm "" <some && exits 2 krm pods "" && exits 2 krm pods c1 "" && exits 2 krm pods -l "" &&
	exits 2 krm pods -l " " --field-selector "" && exits 2 krm pods --all -n "" && [ "$(kpods -q "select(.metadata.deletionTimestamp | not)" | wc -l)" = 3 ]'
check '--dry-run deletes nothing, here or at the server' '
	[ "$(krm pods -l first=c --dry-run -o name | wc -l)" = 3 ] && [ "$(krm pods -l first=c --dry-run=server -o name | wc -l)" = 3 ] &&
	[ "$(kpods -q "select(.metadata.deletionTimestamp | not)" | wc -l)" = 3 ]'
check 'one from stdin that was replaced meanwhile is left alone: status 5' '
	kpods c1 >old && krm pod/c1 --grace-period=1 >out && pods c1 && exits 5 krm <old 2>err && [ "$(wc -l <err)" = 1 ] && kpods c1'
check 'a selector, and --all' '
	[ "$(krm pods -l "first=c,first!=x" --field-selector metadata.name=c1 -o name)" = pod/c1 ] &&
	krm pods --all -o name | sort >out && same out <<-\EOF && [ -z "$(kpods)" ]
	pod/c2
	pod/c3
	EOF'
check '--wait=false does not wait: the object is still on its way' '
	kubectl patch cm two -p "{\"metadata\":{\"finalizers\":[\"example.com/hold\"]}}" && krm cm/two --wait=false --events >out &&
	jq -r .type out >got && echo MODIFIED | same got && kget cm two | jq -e .metadata.deletionTimestamp'
check '--timeout: status 7, and what is still there' '
	exits 7 krm cm/two --timeout=300ms 2>err && grep -q "configmaps \"two\"" err && [ "$(wc -l <err)" = 1 ]'
kubectl patch configmap two --type=merge -p '{"metadata":{"finalizers":null}}' >made 2>&1
check 'the wait is for the object, not for its name' '
	configmap three && kubectl patch cm three -p "{\"metadata\":{\"finalizers\":[\"example.com/hold\"]}}" &&
	{ krm cm/three -o name >out & } && soon "kget cm three | jq -e .metadata.deletionTimestamp" &&
	kubectl patch cm three --type=merge -p "{\"metadata\":{\"finalizers\":null}}" && configmap three && wait $! &&
	echo configmap/three | same out && kget cm three'
check 'a manifest names what to delete' '
	printf "%s\n" "apiVersion: v1" "kind: ConfigMap" "metadata: {name: three}" "---" "apiVersion: v1" "kind: Pod" \
		"metadata: {name: nope}" >some.yaml && exits 3 krm -f some.yaml -o name >out && echo configmap/three | same out'
check '--force: gone at once' '
	pods f1 && krm pod/f1 --force --events | jq -r .type >out && echo DELETED | same out && exits 3 kpods f1 &&
	exits 2 krm pod/f1 --force --grace-period=5'
check '--grace-period is sent; 0 means 1 without --force' '
	pods g1 g2 && krm pod/g1 --grace-period=7 --wait=false | jq -e ".metadata.deletionGracePeriodSeconds == 7" &&
	krm pod/g2 --grace-period=0 --wait=false | jq -e ".metadata.deletionGracePeriodSeconds == 1"'
check '--cascade=orphan leaves what it owns; a bad value is a usage error' '
	exits 2 krm pod/x --cascade=all && krm cm/nope --cascade=orphan --ignore-not-found'
check 'many at once' '
	configmap $(seq -f m%g 60) && krm cm --field-selector metadata.namespace=default -o name >out && [ "$(grep -c /m out)" = 60 ]'
