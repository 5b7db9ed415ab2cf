# tell.awk: makes TAP of what the tools of $PODLINE_SHARED/wire say (ok CASE, skip CASE: why, DIFF|words CASE step N: what).
# -v reasons=FILE: a line each, "PATTERN why": the cases that are known to differ, and why.
BEGIN {
	while ((getline line <reasons) > 0)
		if (line ~ /^[^#]/) {
			pattern = line
			sub(/ .*/, "", pattern)
			sub(/^[^ ]* */, "", line)
			gsub(/[.+()\[\]{}?^$|]/, "\\\\&", pattern)
			gsub(/\*/, ".*", pattern)
			known[++count] = "^" pattern "$"
			why[count] = line
		}
}
function end_case(    i) {
	if (!differs)
		return
	for (i = 1; i <= count; i++)
		if (differs ~ known[i])
			break
	if (i <= count)
		print "ok " ++n " - " differs " # SKIP " why[i]
	else
		printf "not ok %d - %s\n%s", ++n, differs, said
	differs = said = ""
}
{ name = $2; sub(/:$/, "", name) }
$1 == "ok" && $2 ~ /\// { end_case(); print "ok " ++n " - " name; next }
$1 == "skip" { end_case(); sub(/^[^:]*: */, ""); print "ok " ++n " - " name " # SKIP " $0; next }
$1 == "DIFF" {
	if (differs != name)
		end_case()
	differs = name
	said = said "# " $0 "\n"
	next
}
$1 == "words" || $1 == "(words)" {      # wording only: passed, and told
	if (differs && differs != name)
		end_case()
	if ($1 == "words" && worded != name)
		print "ok " ++n " - " (worded = name)
	print "# " $0
	next
}
/^[0-9]+ passed/ { ended = 1 }
{ print "# " $0 }
END {
	end_case()
	if (ended)
		print "1.." n
}
