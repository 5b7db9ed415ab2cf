# notready: the objects that do not say that they are ready, and should be: pods that have ended well are left out.
def notready:
	select(.status.phase != "Succeeded"
		and (any(.status.conditions[]?; (.type == "Ready" or .type == "Available") and .status == "True") | not));
