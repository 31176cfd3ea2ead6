# Sourced by tools/check and tools/test: runs every step whatever became of the former ones, and sums up at the end.
# $results names the file in which results are kept.

trap 'exit 130' INT TERM

step() { # name, command and its arguments
  name=$1
  shift
  printf '\n== %s\n' "$name"
  started=$(date +%s)
  if "$@"; then outcome=passed; else outcome=FAILED; fi
  printf '%s  %4s s  %s\n' "$outcome" "$(($(date +%s) - started))" "$name" >>"$results"
}

sum_up() {
  printf '\n== summary\n'
  cat "$results"
  ! grep -q '^FAILED' "$results"
}
