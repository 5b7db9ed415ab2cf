#!/bin/sh
# kubectl as a person uses it, each version on this machine that a walk was recorded for: what it prints against klocal is
# what it printed against Kubernetes, but for walk.reasons.
# limit: 1200
NO_PLAN=1
. tests/lib.sh

walk=$PODLINE_SHARED/wire/walk
[ -x "$walk" ] || skip_all "no walk in $PODLINE_SHARED"
need python3 kubectl jq
cluster --runtime=none
klocal --name "$CLUSTER" up --wait 2>up.out
kubectl create namespace walk-tried >tried.out 2>&1 ||
	skip_all "kubectl create sends protobuf, which klocal does not read yet: $(cat tried.out)"

# A kubectl may be a dispatcher with the versions it knows beside it.
found=$(readlink -f "$(command -v kubectl)")
for kubectl in "$found" "$found".*; do
	[ -x "$kubectl" ] || continue
	version=$("$kubectl" version --client -o json 2>&1 | jq -r '.clientVersion | .major + "." + (.minor | gsub("[^0-9]"; ""))')
	case " ${seen-} " in *" $version "*) continue ;; esac
	seen="${seen-} $version"
	[ -e "$PODLINE_SHARED/wire/walk-expected/v$version.json" ] || continue
	echo "# kubectl $version"
	"$walk" --kubectl "$kubectl" --kubeconfig "$KUBECONFIG" --limit 20 2>&1 |
		awk -v reasons="$TOP/tests/wire/walk.reasons" -v version="$version" -f "$TOP/tests/wire/tell.awk"
done | awk '
	/^1\.\./ { plan = 1; next }
	/^(not )?ok / { sub(/ok [0-9]+/, "ok " ++n) }
	{ print }
	END { if (plan) print "1.." n }'
