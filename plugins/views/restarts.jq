# restarts: the containers that were started again, with how the last run ended: {namespace, pod, container, restarts,
# reason, exitCode, at}. restarts(5): at least 5 times.
def restarts($least):
	select(.kind == "Pod")
	| .metadata as $pod
	| .status | .initContainerStatuses[]?, .containerStatuses[]?
	| select(.restartCount >= $least)
	| .lastState.terminated as $last
	| { namespace: $pod.namespace, pod: $pod.name, container: .name, restarts: .restartCount, reason: $last.reason,
		exitCode: $last.exitCode, at: $last.finishedAt };
def restarts: restarts(1);
