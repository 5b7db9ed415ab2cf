#!/bin/sh
# What every verb offers where the cursor is, and the shells' files that ask it. A new verb joins by existing.
. tests/lib.sh
need jq

cluster
krun web --image=test/busybox:1 >made
verbs=
for file in "$TOP"/bin/*.c "$TOP"/plugins/local/*.c; do
	verbs="$verbs $(basename "$file" .c)"
done

check 'k --verbs names all of them' 'k --verbs | sort >out && printf "%s\n" $verbs | sort | same out'
for verb in $verbs; do
	check "$verb --complete -: every option of its --help, with what it does" '
		$verb --complete - >out && sed "s/=\{0,1\}$(printf "\t").*//" out | sort >got &&
		$verb --help | grep -oE "^ +(-[A-Za-z], )?--[a-z-]+" | sed "s/.*--/--/" | sort | same got &&
		! grep -vE "^--[a-z-]+=?	." out'
done
check 'forms, choices, namespaces, contexts: behind the option and in the same word' '
	kpods --complete -o y >out && kpods --complete --output=y >>out && krm --complete --cascade=f >>out &&
	kpods --complete -n kube-p >>out && kpods --complete --namespace=kube-p >>out && kpods --complete --context "" >>out && same out <<-\EOF
	yaml
	--output=yaml
	--cascade=foreground
	kube-public
	--namespace=kube-public
	klocal-'"$CLUSTER"'
	EOF'
check 'kinds, names, KIND/NAME, each in its place' '
	kget --complete nod >out && kget --complete pods w >>out && kget --complete pod/ >>out && kpods --complete w >>out &&
	kpods --complete -n kube-public w >>out && krm --complete pods web w >>out && same out <<-\EOF
	nodes	Node
	web
	pod/web
	web
	web
	EOF'
check 'what klocal is told to do, word by word' '
	klocal --complete k >out && klocal --complete images b >>out &&
	klocal --complete nodes add "" >>out && printf "kubeconfig\nbuild\n" | same out'
check 'k completes names, then asks the verb' 'k --complete pod | cut -f 1 >out && k --complete pods w >>out && printf "pods\nweb\n" | same out'
check 'without a cluster: no candidates, no words, no failure' '
	for words in w "-n d" "--context x"; do
		KUBECONFIG=$DIR/none kpods --complete $words >out 2>&1 || exit 1
		[ ! -s out ] || exit 1
	done'

if command -v bash >/dev/null; then
	cat >try.bash <<'EOT'
. "$TOP/completions/podline.bash"
complete() { :; }
compopt() { echo "($*)"; }
COMP_LINE=$1 COMP_POINT=${#1}
_podline "${1%% *}"
echo "${COMPREPLY[@]}"
EOT
	check 'bash: the file loads, names every verb, and completes' '
		bash -c ". \"$TOP/completions/podline.bash\"; complete -p" | sed -n "s/.*-F _podline //p" | sort >got &&
		printf "%s\n" $verbs | sort | same got &&
		for line in "kpods -o js" "kpods --output=y" "k pod" "kget pod/w" "kpods "; do bash try.bash "$line"; done >out && same out <<-\EOF
		jsonl json
		yaml
		pods
		pod/web
		web
		EOF'
else
	skip 'bash: the file loads, names every verb, and completes' 'no bash here'
fi
if command -v zsh >/dev/null; then
	cat >try.zsh <<'EOT'
fpath=($TOP/completions $fpath)
autoload -Uz compinit && compinit -D -u && compdef _podline $(k --verbs) && print ${_comps[kpods]} ${_comps[krm]}
_call_program() { shift; eval "$@" }
_describe() { print -r -- ${(P)4} }
_files() { print files }
compadd() { shift 3; print -r -- $@ }
for line in 'kpods -o js' 'kpods --sel' 'k pod' 'kget pod/w' 'kpods -f '; do
	words=(${(s: :)line}) CURRENT=${#words}
	[[ $line != *' ' ]] || { words+=('') CURRENT=$((CURRENT + 1)) }
	_podline
done
EOT
	check 'zsh: the file loads and completes' 'zsh -f try.zsh >out && same out <<-\EOF
	_podline _podline
	jsonl json
	--selector=
	pods:list, get and watch pods
	pod/web
	files
	EOF'
else
	skip 'zsh: the file loads and completes' 'no zsh here'
fi
if command -v fish >/dev/null; then
	check 'fish: the file loads and completes' '
		for line in "kpods -o js" "k pod" "kget pod/w" "kpods --namespace=kube-p" "krm -f mad"; do
			fish -c "source $TOP/completions/podline.fish; complete -C \"$line\""
		done >out && same out <<-\EOF
		json
		jsonl
		pods	list, get and watch pods
		pod/web
		--namespace=kube-public
		made
		EOF'
else
	skip 'fish: the file loads and completes' 'no fish here'
fi
