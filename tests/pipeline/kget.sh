#!/bin/sh
# kget: list, get and watch objects of any kind.
. tests/lib.sh
need jq script kubectl

cluster
# configmap NAME: makes one.
configmap() {
	printf '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"%s"},"data":{"a":"1"}}\n' "$1" | kubectl create -f - >>made
}
configmap web
krun web --image=test/busybox:1 --wait --timeout=30s >>made

check 'a kind by plural, singular, short name, kind, and with its group' '
	for kind in configmaps configmap cm ConfigMap; do
		kget "$kind" web -o name
	done >out && kget nodes -o name | head -n 1 >>out && kget deployments.apps && same out <<-\EOF
	configmap/web
	configmap/web
	configmap/web
	configmap/web
	node/klocal-'"$CLUSTER"'
	EOF'
check 'KIND/NAME, several kinds at once' '
	kget pod/web cm/web ns/default -o name >out && kget pods,cm web -o name >>out && same out <<-\EOF
	pod/web
	configmap/web
	namespace/default
	pod/web
	configmap/web
	EOF'
check 'each line has apiVersion and kind, cluster-wide kinds too' '
	kget namespaces | jq -r ".apiVersion + \" \" + .kind" | sort -u >out && echo "v1 Namespace" | same out'
check 'a kind that the server does not have: status 3, one line' '
	exits 3 kget nonsenses 2>err && [ "$(wc -l <err)" = 1 ] && grep -q "^kget: .*nonsenses" err'
check 'what is not there: status 3, the others still come' '
	exits 3 kget cm/nope cm/web -o name >out 2>err && echo configmap/web | same out && same err <<-\EOF
	kget: configmaps "nope" not found (NotFound)
	EOF'
check 'nothing named, or mixed: a usage error' '
	exits 2 kget && exits 2 kget pods pod/web && exits 2 kget pod/web pods && exits 2 kget pods web -l a=b'
# The first word and how many there are; an age may have grown between the two.
shape='{ sub(/^[0-9]+[smhd].*/, "AGE", $1); print $1, NF }'
check 'tables are the server'\''s own' '
	for kind in nodes namespaces configmaps serviceaccounts events; do
		kget "$kind" -o table >out && kubectl get "$kind" 2>/dev/null >wanted || exit 1
		awk "$shape" out >ours && awk "$shape" wanted | same ours || { echo "$kind" && exit 1; }
		kget "$kind" -o wide | head -n 1 >out && kubectl get "$kind" -o wide | head -n 1 | same out || { echo "$kind" && exit 1; }
	done'
check 'tables of several kinds stand apart, and names bear the kind' '
	kget cm/web ns/default -o table | sed "s/  .*//" >out && same out <<-\EOF
	NAME
	configmap/web

	NAME
	namespace/default
	EOF'
check '-A: every namespace, with a column of it' '
	kget cm -A -o table >out && head -n 1 out | grep -q "^NAMESPACE  *NAME" && kget cm -A | jq -r .metadata.namespace | sort -u |
		grep -q kube-system'
check '-w on a terminal: the changed rows, as the server shows them' '
	kget cm web -w -o table >watched & watcher=$!
	soon "grep -q ^web watched" && kubectl patch cm web -p "{\"data\":{\"b\":\"2\"}}" && soon "grep -qE \"^web +2 \" watched"
	kill "$watcher"'
check '-w: lines of what changes' '
	kget cm -w --events -q "select(.metadata.name == \"late\") | .metadata.name" >watched & watcher=$!
	configmap late && kubectl delete cm late && soon "[ \"\$(wc -l <watched)\" = 2 ]"; kill "$watcher"
	jq -r .type watched >out && same out <<-\EOF
	ADDED
	DELETED
	EOF'
