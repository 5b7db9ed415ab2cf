#!/bin/sh
# killed: kill -9 of api, control and node, alone and in the middle of creates: what runs goes on, nothing is twice.
. tests/lib.sh
. "$TOP/tests/engine.sh"
engine_cluster

server() {
	krun "$1" --image="$IMAGE" --wait --timeout=30s -- httpd -f -p 80 -h /etc >"$1.json"
}

process() {
	klocal --name "$CLUSTER" status | jq -re ".processes[] | select(.name | startswith(\"$1\")).pid | select(. > 0)"
}

# Kills it as soon as there is one.
kill_now() {
	soon "pid=\$(process $1) && kill -9 \$pid"
}

# No container of the cluster runs twice.
none_twice() {
	engine GET /containers/json | jq -r --arg cluster "$CLUSTER" '.[].Labels |
		select(."io.podline.cluster" == $cluster) |
		."io.kubernetes.pod.name" + " " + ."io.kubernetes.container.name"' |
		sort | uniq -d >twice && same twice </dev/null
}

for name in a b c; do
	server $name
done
boxes | sort >before

for role in node control api; do
	check "kill -9 of $role: the same containers run, none was restarted" '
		old=$(process $role) && kill_now $role && soon "new=\$(process $role) && [ \"\$new\" != $old ]" &&
		soon kpods && server "after-$role" && boxes | sort >now && [ -z "$(comm -23 before now)" ] &&
		[ "$(wc -l <now)" = $(($(wc -l <before) + 2)) ] && mv now before && none_twice'
done
krm pod --all --grace-period=1 --timeout=30s >out

# Creates six pods, while each process is killed in turn; a create that failed is asked again.
storm() {
	for i in 1 2 3 4 5 6; do
		soon "krun w$i --image=$IMAGE -- httpd -f -p 80 -h /etc >w$i.json 2>w$i.err ||
			grep AlreadyExists w$i.err" || return
		case $i in
		1 | 4) kill_now node ;;
		2) kill_now api ;;
		3 | 5) kill_now control ;;
		esac
	done
}

check 'kill -9 of all three while pods are made: each pod runs, and nothing twice' '
	storm && soon "[ \"\$(kpods -r -q .status.phase | grep -c Running)\" = 6 ]" && none_twice &&
	soon "[ \"\$(all_boxes | wc -l)\" = 12 ]"'
check 'none of it is left when they are removed' '
	krm pod --all --grace-period=1 --timeout=30s >out && [ "$(wc -l <out)" = 6 ] && soon "[ -z \"\$(all_boxes)\" ]"'
