#!/bin/sh
# The questions that a real API server was asked, put to klocal: its answers are the recorded ones, but for wire.reasons.
# limit: 1200
NO_PLAN=1
. tests/lib.sh

[ -x "$PODLINE_SHARED/wire/wire" ] || skip_all "no wire in $PODLINE_SHARED"
need python3 jq
cluster --runtime=none
socket=$(klocal --name "$CLUSTER" status | jq -r .socket)
klocal --name "$CLUSTER" up --wait 2>up.out

# The families that hold whatever the controllers do meanwhile; WIRE names others.
set -f       # the patterns are wire's
"$PODLINE_SHARED/wire/wire" --unix "$socket" --recordings "$PODLINE_SHARED/recordings" --limit 10 ${WIRE:-apply/* create/* dryrun/* gzip/* patch/* update/*} 2>&1 |
	awk -v reasons="$TOP/tests/wire/wire.reasons" -f "$TOP/tests/wire/tell.awk"
