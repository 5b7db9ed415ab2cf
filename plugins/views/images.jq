# images: the images of an object's containers, of pods and of what makes pods: {namespace, kind, name, container, image}.
def images:
	.kind as $kind
	| .metadata as $of
	| (.spec.template.spec // .spec.jobTemplate.spec.template.spec // .spec)
	| .initContainers[]?, .containers[]?, .ephemeralContainers[]?
	| { namespace: $of.namespace, kind: $kind, name: $of.name, container: .name, image };
