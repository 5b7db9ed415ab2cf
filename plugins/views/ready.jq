# ready: the objects that say that they are: pods and nodes by Ready, deployments by Available.
def ready: select(any(.status.conditions[]?; (.type == "Ready" or .type == "Available") and .status == "True"));
