# What dies on a node comes back, once: containers, sandboxes, the agent, the engine.
# limit: 300
. tests/lib.sh
. "$TOP/tests/engine.sh"
engine_cluster
node=$(kget nodes -r -q .metadata.name)

running() {
	[ "$(field "$1" '.status.phase == "Running" and (.status.containerStatuses | all(.ready))')" = true ]
}
# again POD N: runs after N restarts
again() {
	[ "$(field "$1" '.status.containerStatuses[0] | [.restartCount, .ready] | join(",")')" = "$2,true" ]
}
agent() {
	klocal --name "$CLUSTER" status | jq '.processes[] | select(.name | startswith("node ")) | .pid | select(. > 1)'
}
# The engine that was started for this node alone, if it was.
service() {
	for pid in $(pgrep -f "podman system service.*$ENGINE"); do
		[ "$pid" = $$ ] || echo "$pid"
	done
}
# Of each pod one sandbox and one container run, and no name is there twice.
nothing_doubled() {
	[ "$(boxes | wc -l)" = $((2 * $(kpods -o name | wc -l))) ] &&
		[ -z "$(engine GET "/containers/json?filters=$(printf '{"label":["io.podline.cluster=%s"]}' "$CLUSTER" | jq -sRr @uri)" |
			jq -r '.[].Labels | ."io.kubernetes.pod.uid" + ."io.kubernetes.container.name"' | sort | uniq -d)" ]
}

pod web -- sh -c 'exec sleep 1000'
check 'a container that is killed is replaced, and its end is told' '
	soon running web && engine POST "/containers/$(boxes web app)/kill" && soon again web 1 &&
	[ "$(field web ".status.containerStatuses[0].lastState.terminated | [.exitCode, .reason] | join(\",\")")" = 137,Error ]'
check 'one that is removed is replaced, too' '
	pod gone -- sleep 1000 && soon running gone && engine DELETE "/containers/$(boxes gone app)?force=true" && soon again gone 1 &&
	[ "$(field gone .status.containerStatuses[0].lastState.terminated.exitCode)" = 137 ]'
check 'a sandbox that is killed is made again, with all its containers' '
	pod boxed '\''{"containers":[{"name":"app","image":"'\''$IMAGE'\''","command":["sleep","1000"]},
		{"name":"other","image":"'\''$IMAGE'\''","command":["sleep","1000"]}]}'\'' -- true &&
	soon running boxed && old=$(boxes boxed POD) && engine POST "/containers/$old/kill" &&
	soon again boxed 1 && soon running boxed && [ "$(boxes boxed POD)" != "$old" ] && [ "$(boxes boxed | wc -l)" = 3 ] &&
	ip=$(field boxed .status.podIP) &&
	engine GET "/containers/$(boxes boxed POD)/json" | jq -e --arg ip "$ip" "[.NetworkSettings.Networks[].IPAddress] == [\$ip]" &&
	kget events -r -q .reason | grep SandboxChanged && krm pod boxed gone >removed'

check 'kill -9 of the agent: containers go on, and are found again' '
	before=$(boxes web app) && started=$(field web .status.containerStatuses[0].state.running.startedAt) &&
	old=$(agent) && kill -9 "$old" && soon "[ -n \"\$(agent)\" ] && [ \"\$(agent)\" != $old ]" &&
	pod after -- sleep 1000 && soon running after && [ "$(boxes web app)" = "$before" ] && again web 1 &&
	[ "$(field web .status.containerStatuses[0].state.running.startedAt)" = "$started" ]'
check 'what happened while the agent was away is made good' '
	pod lost -- sleep 1000 && pod ended -- sleep 1000 && soon running lost && soon running ended &&
	klocal --name "$CLUSTER" nodes stop "$node" && engine POST "/containers/$(boxes ended app)/kill" &&
	engine DELETE "/containers/$(boxes after app)?force=true" && krm pod lost --wait=false >removed &&
	klocal --name "$CLUSTER" nodes start "$node" &&
	soon again ended 1 && soon again after 1 && soon "[ -z \"\$(all_boxes lost)\" ]" && soon exits 3 kpods lost &&
	krm pod ended after >removed'

check 'kill -9 of the agent at any moment: every pod comes up, none twice' '
	for i in 1 2 3 4 5 6; do
		pod many$i -- sleep 1000 & 
	done
	wait
	for i in 1 2 3 4 5 6 7 8; do
		soon "[ -n \"\$(agent)\" ]" && pid=$(agent) && kill -9 "$pid" || exit 1
		SOON=3 soon "[ $(boxes | wc -l) != \$(boxes | wc -l) ]" >moment
	done
	for i in 1 2 3 4 5 6; do
		soon running many$i || exit 1
	done
	soon nothing_doubled'
if [ -n "$(service)" ]; then
	check 'kill -9 of the engine at any moment: the same' '
		for i in 1 2 3 4 5 6; do
			krm pod many$i --wait=false >removed
			pod more$i -- sleep 1000
			kill -9 $(service)
			soon "[ -n \"\$(service)\" ]" || exit 1
		done
		for i in 1 2 3 4 5 6; do
			soon running more$i && soon exits 3 kpods many$i || exit 1
		done
		soon nothing_doubled && soon running web'
else
	skip 'kill -9 of the engine' 'it is the machine'\''s own'
fi

check 'down leaves pods running; up finds them' '
	before=$(boxes | sort) && ip=$(field web .status.podIP) && restarts=$(field web .status.containerStatuses[0].restartCount) &&
	klocal --name "$CLUSTER" down && klocal --name "$CLUSTER" up --wait && ENGINE=$(klocal --name "$CLUSTER" status | jq -r ".nodes[0].engine.socket") &&
	pod last -- sleep 1000 && soon running last && krm pod last >removed && [ "$(boxes | sort)" = "$before" ] &&
	[ "$(field web .status.podIP)" = "$ip" ] && [ "$(field web .status.containerStatuses[0].restartCount)" = "$restarts" ]'
check 'pods that are removed while nothing runs of the cluster but the engine leave nothing' '
	krm pods --all >removed && [ -z "$(all_boxes)" ]'
