# requests: what containers ask for and may use: {namespace, pod, container, requests, limits}.
def requests:
	select(.kind == "Pod")
	| .metadata as $pod
	| .spec | .initContainers[]?, .containers[]?
	| { namespace: $pod.namespace, pod: $pod.name, container: .name, requests: .resources.requests,
		limits: .resources.limits };
