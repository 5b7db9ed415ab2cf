# failing: the objects that something is wrong with and that will not come right by waiting a little: whole, so that
# other verbs take them. kpods -q failing | krm
def failing:
	def is(type; status): any(.status.conditions[]?; .type == type and .status == status);
	def stuck: .state.waiting.reason // "" | . != "" and . != "ContainerCreating" and . != "PodInitializing";
	def broken: .state.terminated.exitCode // 0 | . != 0;
	def containers: .status | .initContainerStatuses[]?, .containerStatuses[]?;

	select(
		.status.phase == "Failed" or any(containers; stuck or broken)
		or is("ReplicaFailure"; "True") or is("Failed"; "True")
		or is("Progressing"; "False") or is("Available"; "False")
		or (.kind == "Node" and (is("Ready"; "True") | not)));
