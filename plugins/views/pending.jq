# pending: what each pod that does not run yet waits for: {namespace, pod, reason, message}.
def pending:
	select(.kind == "Pod" and .status.phase == "Pending")
	| { namespace: .metadata.namespace, pod: .metadata.name }
	+ ([ (.status.conditions[]? | select(.type == "PodScheduled" and .status == "False")),
		(.status | .initContainerStatuses[]?, .containerStatuses[]? | .state.waiting // empty) ]
		| { reason: (.[0].reason // null), message: (.[0].message // null) });
