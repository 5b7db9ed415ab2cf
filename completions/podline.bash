# podline.bash: completion of podline's verbs in bash. It asks the verb itself.

_podline()
{
	local line=${COMP_LINE:0:COMP_POINT} current broken
	local -a words

	read -ra words <<<"$line"
	[[ $line == *[[:space:]] ]] && words+=('')
	current=${words[-1]}
	mapfile -t COMPREPLY < <("$1" --complete "${words[@]:1}" 2>/dev/null)
	COMPREPLY=("${COMPREPLY[@]%%$'\t'*}")

	# readline replaces only what stands behind its last break character.
	broken=${current%"${current##*[=:]}"}
	COMPREPLY=("${COMPREPLY[@]#"$broken"}")
	[[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *[=/,] ]] && compopt -o nospace
}

complete -o default -F _podline $(k --verbs 2>/dev/null)
