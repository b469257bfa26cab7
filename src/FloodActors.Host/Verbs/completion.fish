# Completes flood in fish. To keep it, put this into ~/.config/fish/config.fish: flood completion fish | source
function __flood_suggest
    set -l line (commandline -cp)
    flood "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null
end
complete -c flood -f -n 'not string match -q -- --config (commandline -cpo)[-1]' -a '(__flood_suggest)'
