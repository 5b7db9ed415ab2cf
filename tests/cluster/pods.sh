# Pods on a real engine: what runs, what is told of it, what is left of it.
# limit: 300
. tests/lib.sh
. "$TOP/tests/engine.sh"
engine_cluster

running() {
	[ "$(field "$1" .status.phase)" = Running ] && [ "$(field "$1" '.status.containerStatuses | all(.ready)')" = true ]
}

check 'a pod of two containers runs: an IP of its own, one network for both, and its name leads to it' '
	pod web '\''{"containers":[
		{"name":"app","image":"'\''$IMAGE'\''","command":["sh","-c","mkdir -p /www && hostname >/www/name && hostname -i >/www/ip && exec httpd -f -p 8080 -h /www"]},
		{"name":"other","image":"'\''$IMAGE'\''","command":["sh","-c","until wget -q -O /tmp/ip http://127.0.0.1:8080/ip; do :; done; cp /tmp/ip /dev/termination-log; exec sleep 1000"]}]}'\'' -- true &&
	soon running web && ip=$(field web .status.podIP) &&
	[ "$(curl -s --noproxy "*" "http://$ip:8080/name")" = web ] && [ "$(curl -s --noproxy "*" "http://$ip:8080/ip")" = "$ip" ] &&
	soon "engine POST /containers/$(boxes web other)/exec -H Content-Type:application/json -d {} >x; grep -q . x"'
check 'containers bear the labels of the kubelet, and its names' '
	[ "$(boxes web | wc -l)" = 3 ] && [ "$(boxes web POD | wc -l)" = 1 ] &&
	engine GET "/containers/$(boxes web app)/json" | jq -e --arg uid "$(field web .metadata.uid)" "
		.Config.Labels[\"io.kubernetes.pod.name\"] == \"web\" and .Config.Labels[\"io.kubernetes.pod.namespace\"] == \"default\" and
		.Config.Labels[\"io.kubernetes.pod.uid\"] == \$uid and (.Name | ltrimstr(\"/\")) == \"k8s_app_web_default_\" + \$uid + \"_0\""'
check 'its status is the kubelet'\''s: conditions, times, ids' '
	kpods web -q "
		([.status.conditions[] | .type + \"=\" + .status] | sort) == ([\"PodReadyToStartContainers\", \"Initialized\", \"Ready\",
			\"ContainersReady\", \"PodScheduled\"] | map(. + \"=True\") | sort) and
		all(.status.conditions[]; .observedGeneration == 1) and .status.startTime and .status.hostIP and
		.status.podIPs == [{ip: .status.podIP}] and .status.qosClass == \"BestEffort\" and
		all(.status.containerStatuses[]; .started and .restartCount == 0 and .lastState == {} and
			(.imageID | startswith(\"sha256:\")) and (.containerID | test(\"^[a-z]+://[0-9a-f]{64}\$\")))" | grep true'
check 'events tell what was done, in the words of the kubelet' '
	soon "kget events -r -q .reason | grep -q Started" &&
	kget events -r -q "select(.involvedObject.name == \"web\" and .involvedObject.fieldPath == \"spec.containers{app}\") |
		.reason + \": \" + .message" | same - <<-EOF
	Pulled: Container image "$IMAGE" already present on machine and can be accessed by the pod
	Created: Container created
	Started: Container started
	EOF'
check 'a removed pod leaves nothing in the engine, and no files' '
	uid=$(field web .metadata.uid) && krm pod web >removed && [ -z "$(all_boxes web)" ] &&
	[ -z "$(find "$KLOCAL_HOME" -path "*$uid*")" ]'

check 'exit codes become phases: Succeeded, Failed with the message that was left' '
	pod good '\''{"restartPolicy":"Never"}'\'' -- true &&
	pod bad '\''{"restartPolicy":"Never"}'\'' -- sh -c "echo -n too sad >/dev/termination-log; exit 7" &&
	soon "[ \$(field good .status.phase) = Succeeded ] && [ \$(field bad .status.phase) = Failed ]" &&
	[ "$(field bad ".status.containerStatuses[0].state.terminated | [.exitCode, .reason, .message] | join(\",\")")" = "7,Error,too sad" ] &&
	[ "$(field good ".status.conditions[] | select(.type == \"Ready\") | .reason")" = PodCompleted ] &&
	[ -z "$(boxes good)$(boxes bad)" ]'
check 'what fails again and again waits longer each time, and says so' '
	pod crash -- sh -c "exit 3" &&
	soon "[ \$(field crash .status.containerStatuses[0].state.waiting.reason) = CrashLoopBackOff ]" &&
	[ "$(field crash ".status.containerStatuses[0] | [.restartCount, .lastState.terminated.exitCode] | join(\",\")")" = 1,3 ] &&
	field crash ".status.containerStatuses[0].state.waiting.message" | grep "^back-off 10s restarting failed container=app pod=crash_default("  &&
	kget events -r -q ".reason + \" \" + .message" | grep "^BackOff Back-off restarting failed container app in pod crash_default("'
check 'a command that is not there is told as such' '
	pod nothing '\''{"restartPolicy":"Never"}'\'' -- /no/such/command &&
	soon "[ \$(field nothing .status.phase) = Failed ]" &&
	[ "$(field nothing ".status.containerStatuses[0].state.terminated | [.exitCode, .reason] | join(\",\")")" = 128,StartError ]'

check 'init containers run first, one after the other, and hand over in a volume' '
	pod init '\''{"volumes":[{"name":"v","emptyDir":{}}],
		"initContainers":[
			{"name":"one","image":"'\''$IMAGE'\''","command":["sh","-c","echo one >/v/x"],"volumeMounts":[{"name":"v","mountPath":"/v"}]},
			{"name":"two","image":"'\''$IMAGE'\''","command":["sh","-c","echo two >>/v/x"],"volumeMounts":[{"name":"v","mountPath":"/v"}]}],
		"containers":[{"name":"app","image":"'\''$IMAGE'\''","command":["sh","-c","tr \"\\n\" \" \" </v/x >/dev/termination-log"],
			"volumeMounts":[{"name":"v","mountPath":"/v","readOnly":true}]}],"restartPolicy":"Never"}'\'' -- true &&
	soon "[ \$(field init .status.phase) = Succeeded ]" &&
	[ "$(field init ".status.containerStatuses[0].state.terminated.message")" = "one two " ]'
check 'environment: values, references to others, fields of the pod' '
	pod env '\''{"restartPolicy":"Never","containers":[{"name":"app","image":"'\''$IMAGE'\''","command":["sh","-c"],
		"args":["echo -n \"$A/$B/$C/$(A)/$N/`hostname`\" >/dev/termination-log; [ \"$IP\" = \"`hostname -i`\" ]"],
		"env":[{"name":"A","value":"a"},{"name":"B","value":"$(A)b"},{"name":"C","value":"$$(A)$(NO)"},
			{"name":"N","valueFrom":{"fieldRef":{"fieldPath":"metadata.namespace"}}},
			{"name":"IP","valueFrom":{"fieldRef":{"fieldPath":"status.podIP"}}}]}]}'\'' -- true &&
	soon "[ \$(field env .status.phase) = Succeeded ]" &&
	[ "$(field env ".status.containerStatuses[0].state.terminated.message")" = "a/ab/\$(A)\$(NO)/a/default/env" ]'
check 'who it runs as, and what it may not write' '
	pod user '\''{"restartPolicy":"Never","securityContext":{"runAsUser":1234,"runAsGroup":555},"containers":[{"name":"app",
		"image":"'\''$IMAGE'\''","command":["sh","-c","echo -n $(id -u):$(id -g) >/dev/termination-log; ! touch /x"],
		"securityContext":{"readOnlyRootFilesystem":true}}]}'\'' -- true &&
	soon "[ \$(field user .status.phase) = Succeeded ]" &&
	[ "$(field user ".status.containerStatuses[0].state.terminated.message")" = 1234:555 ]'

check 'an image that cannot be had: ErrImagePull, then ImagePullBackOff, and it heals when it is there' '
	pod late '\''{"containers":[{"name":"app","image":"localhost/podline-late:'\''$CLUSTER'\''","imagePullPolicy":"IfNotPresent","command":["sleep","1000"]}]}'\'' -- true &&
	(timeout 30 kpods late -w -r -q ".status.containerStatuses[0].state.waiting.reason // empty" || :) | sed /ImagePullBackOff/q >reasons &
	soon "[ \$(field late .status.containerStatuses[0].state.waiting.reason) = ImagePullBackOff ]" && grep -q ErrImagePull reasons &&
	kget events -r -q ".reason + \" \" + .message" | grep "^BackOff Back-off pulling image" &&
	engine POST "/images/$IMAGE/tag?repo=localhost/podline-late&tag=$CLUSTER" && soon running late &&
	engine DELETE "/images/localhost/podline-late:$CLUSTER?force=true" >untagged && krm pod late >removed'
check 'an image that may not be pulled: ErrImageNeverPull; a name that is none: InvalidImageName' '
	pod never '\''{"containers":[{"name":"app","image":"localhost/no-such:1","imagePullPolicy":"Never"}]}'\'' -- true &&
	pod wrong '\''{"containers":[{"name":"app","image":"No/Such"}]}'\'' -- true &&
	soon "[ \$(field never .status.containerStatuses[0].state.waiting.reason) = ErrImageNeverPull ]" &&
	soon "[ \$(field wrong .status.containerStatuses[0].state.waiting.reason) = InvalidImageName ]"'
check 'a short name finds what was made on this machine' '
	pod short '\''{"containers":[{"name":"app","image":"podline-test:1","command":["sleep","1000"]}]}'\'' -- true && soon running short'
check 'what the node does not do yet is named, and the container is not run without it' '
	pod probed '\''{"containers":[{"name":"app","image":"'\''$IMAGE'\''","command":["sleep","1000"],"livenessProbe":{"exec":{"command":["true"]}}}]}'\'' -- true &&
	soon "[ \$(field probed .status.containerStatuses[0].state.waiting.reason) = CreateContainerConfigError ]" &&
	field probed .status.containerStatuses[0].state.waiting.message | grep "^spec.containers{app}.livenessProbe " &&
	[ -z "$(boxes probed app)" ]'

check 'SIGTERM first: a container that heeds it ends well, within its grace' '
	pod heeds '\''{"terminationGracePeriodSeconds":30}'\'' -- sh -c "trap \"exit 0\" TERM; while :; do sleep 1 & wait; done" && soon running heeds &&
	(timeout 20 kpods heeds -w --events || :) | jq -r --unbuffered "select(.type == \"DELETED\").object.status |
		[.phase, .containerStatuses[0].state.terminated.exitCode] | join(\",\")" >last &
	soon running heeds && krm pod heeds >removed && soon "grep -x Succeeded,0 last"'
check 'removed by force it is gone at once, and so are its containers' '
	pod force '\''{"terminationGracePeriodSeconds":300}'\'' -- sh -c "trap \"\" TERM; while :; do sleep 1; done" && soon running force &&
	krm pod force --force --grace-period=0 >removed && soon "[ -z \"\$(all_boxes force)\" ]"'
check 'all pods are removed: the engine has nothing of the cluster left' '
	krm pods --all >removed && [ -z "$(all_boxes)" ]'
