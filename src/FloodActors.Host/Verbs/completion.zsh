#compdef flood
# Completes flood in zsh. To keep it, put this into ~/.zshrc, after compinit: source <(flood completion zsh)
_flood() {
  if [[ ${words[CURRENT-1]} == --config ]]; then
    _files
    return
  fi
  local line="${words[1,CURRENT]}"
  local -a suggestions
  suggestions=(${(f)"$(${words[1]} "[suggest:${#line}]" "$line" 2>/dev/null)"})
  compadd -a suggestions
}
if [[ ${funcstack[1]} == _flood ]]; then
  _flood "$@"
else
  compdef _flood flood
fi
