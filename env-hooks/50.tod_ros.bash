# Tab completion of `tod`: the command itself answers, through argcomplete.
_tod_ros_complete() {
  local IFS=$'\013'
  # shellcheck disable=SC2207  # argcomplete separates its answers by \013, which IFS splits at
  COMPREPLY=($(IFS="$IFS" COMP_LINE="$COMP_LINE" COMP_POINT="$COMP_POINT" COMP_TYPE="$COMP_TYPE" \
    _ARGCOMPLETE_COMP_WORDBREAKS="$COMP_WORDBREAKS" _ARGCOMPLETE=1 _ARGCOMPLETE_SUPPRESS_SPACE=1 \
    "$1" 8>&1 9>&2 1>/dev/null 2>&1)) || COMPREPLY=()
}
complete -o nospace -o default -o bashdefault -F _tod_ros_complete tod
