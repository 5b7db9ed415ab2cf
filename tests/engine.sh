# engine.sh: for tests with real containers (`. tests/lib.sh` first): a cluster of the file's own on a real engine, with a
# test image in it, and a look at what the engine has of it.
#
#   engine_cluster           starts it and waits for its node; IMAGE is the image's name
#   engine METHOD PATH [curl's options…]   asks the engine itself
#   boxes [POD [CONTAINER]]  ids of the containers that run; CONTAINER POD is the sandbox
#   all_boxes [POD]          ids of all that are there
#   pod NAME [JSON] -- CMD…  makes a pod of one container "app"; JSON is merged into its spec
#   field POD FILTER         what the jq program says of the pod
need curl jq busybox

engine_cluster() {
	cluster --runtime=auto
	klocal --name "$CLUSTER" up --wait --timeout=60s >wait.out 2>&1 || {
		sed 's/^/# /' wait.out
		klocal --name "$CLUSTER" status | jq -c .nodes | sed 's/^/# /'
		skip_all 'no container engine starts a container here'
	}
	ENGINE=$(klocal --name "$CLUSTER" status | jq -r '.nodes[0].engine.socket')
	IMAGE=localhost/podline-test:1
	sh "$TOP/tests/image.sh" $IMAGE image.tar && klocal --name "$CLUSTER" images load image.tar >loaded 2>&1 || {
		sed 's/^/# load: /' loaded
		exit 1
	}
}

engine() {
	engine_method=$1 engine_path=$2
	shift 2
	curl -s -S --max-time 60 --unix-socket "$ENGINE" -X "$engine_method" "$@" "http://engine$engine_path"
}

# engine_list all|running [POD [CONTAINER]]
engine_list() {
	engine_filters='{"label":["io.podline.cluster='$CLUSTER'"'
	[ $# -lt 2 ] || engine_filters=$engine_filters',"io.kubernetes.pod.name='$2'"'
	[ $# -lt 3 ] || engine_filters=$engine_filters',"io.kubernetes.container.name='$3'"'
	engine_all=
	[ "$1" = running ] || engine_all='&all=true'
	engine GET "/containers/json?filters=$(printf '%s]}' "$engine_filters" | jq -sRr @uri)$engine_all" | jq -r '.[].Id'
}

boxes() {
	engine_list running "$@"
}

all_boxes() {
	engine_list all "$@"
}

pod() {
	pod_name=$1
	shift
	pod_more='{}'
	[ "$1" = -- ] || { pod_more=$1 && shift; }
	shift
	krun "$pod_name" --image="$IMAGE" --overrides="$(jq -nc --argjson more "$pod_more" --arg name "$pod_name" \
		--arg image "$IMAGE" --args '{apiVersion: "v1", spec: ({terminationGracePeriodSeconds: 1,
			containers: [{name: "app", image: $image, command: $ARGS.positional}]} * $more)}' -- "$@")" >made
}

field() {
	kpods "$1" -r -q "$2"
}
