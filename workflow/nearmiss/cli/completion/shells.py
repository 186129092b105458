"""The shells that complete our commands: what they are told to load, and how they ask and are answered."""

from __future__ import annotations

import os
import re
import sys
from contextlib import redirect_stderr, suppress
from io import StringIO
from typing import TYPE_CHECKING, Any, ClassVar

from click.shell_completion import ShellComplete, split_arg_string

from nearmiss.cli.voice import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    import click
    from click.shell_completion import CompletionItem

SEPARATOR = "\x1f"
"""Between the words that a script hands over: no one types it."""

LONGEST_HELP = 70

BASH = """\
_nearmiss_complete() {
    local line kind value shown
    local -a found=()
    while IFS=$'\\t' read -r kind value shown; do
        case $kind in
            file) compopt -o default; COMPREPLY=(); return ;;
            dir) compopt -o dirnames; COMPREPLY=(); return ;;
            part) compopt -o nospace; found+=("$value") ;;
            full) found+=("$value") ;;
        esac
    done < <(_NEARMISS_COMPLETE=bash _NEARMISS_LINE="${COMP_LINE:0:COMP_POINT}" _NEARMISS_WORD="$2" \\
        _NEARMISS_LIST="$COMP_TYPE" "$1" 2>/dev/null)
    COMPREPLY=("${found[@]}")
}
complete -o nosort -F _nearmiss_complete nearmiss
"""

ZSH = """\
#compdef nearmiss
_nearmiss_complete() {
    local kind value shown
    local -a whole whole_shown part part_shown
    (( ! $+commands[nearmiss] )) && return 1
    while IFS=$'\\t' read -r kind value shown; do
        case $kind in
            file) compset -P '*='; _files; return ;;
            dir) compset -P '*='; _files -/; return ;;
            part) part+=("$value"); part_shown+=("$shown") ;;
            full) whole+=("$value"); whole_shown+=("$shown") ;;
        esac
    done < <(_NEARMISS_COMPLETE=zsh _NEARMISS_WORDS="${(pj:\\x1f:)${(@Q)words[1,CURRENT-1]}}" \\
        _NEARMISS_WORD="${(Q)PREFIX}" nearmiss 2>/dev/null)
    local -a options=(-M 'm:{a-zA-Z}={A-Za-z}' -V nearmiss -l)
    (( $#whole )) && compadd $options -d whole_shown -a whole
    (( $#part )) && compadd $options -S '' -d part_shown -a part
    (( $#whole + $#part ))
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
    _nearmiss_complete "$@"
else
    (( $+functions[compdef] )) || { autoload -Uz compinit && compinit; }
    compdef _nearmiss_complete nearmiss
fi
"""

FISH = """\
function _nearmiss_complete
    set -l word (commandline -ct)
    set -l words (commandline -opc)
    set -lx _NEARMISS_COMPLETE fish
    set -lx _NEARMISS_WORDS (string join \\x1f -- $words)
    set -lx _NEARMISS_WORD (string unescape -- $word; or echo -- $word)
    for line in (nearmiss 2>/dev/null)
        set -l parts (string split -m 2 \\t -- $line)
        switch $parts[1]
            case file
                set -l before (string match -r '^.*=' -- $word)
                for path in (__fish_complete_path (string replace -r '^.*=' '' -- $word))
                    echo "$before$path"
                end
            case dir
                __fish_complete_directories $word
            case '*'
                printf '%s\\t%s\\n' $parts[2] $parts[3]
        end
    end
end
complete --command nearmiss --no-files --keep-order --arguments '(_nearmiss_complete)'
"""

SCRIPTS = {"bash": BASH, "zsh": ZSH, "fish": FISH}


class Conversation(ShellComplete):
    """How a script of ours asks: the words before the cursor, and the one that is being typed."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Return the finished words and the one that is being typed."""
        words = os.environ.get("_NEARMISS_WORDS", "").split(SEPARATOR)
        return words[1:], os.environ.get("_NEARMISS_WORD", "")

    def answers(self) -> list[str]:
        """Return a line for each word that fits: of which kind it is, the whole word, and what to show for it."""
        words, begun = self.get_completion_args()
        found = self.get_completions(words, begun)
        # Of `--site=pl`, click is asked for `pl`, and what it finds stands for that.
        option = begun[: begun.index("=") + 1] if begun.startswith("--") and "=" in begun else ""
        return [self.line(item, option) for item in found]

    def line(self, item: CompletionItem, option: str) -> str:
        """Return a line of the answer."""
        if item.type != "plain":
            return f"{item.type}\t\t"
        value = f"{option}{one_line(item.value)}"
        kind = "full" if _is_whole(item) else "part"
        return f"{kind}\t{self.spelled(value)}\t{self.shown(value, told(item))}"

    def spelled(self, value: str) -> str:
        """Return a word as the shell has to insert it."""
        return value

    def shown(self, value: str, help_: str) -> str:
        """Return what is shown for a word."""
        return f"{value}  -- {help_}" if help_ else value


def _is_whole(item: CompletionItem) -> bool:
    return item.is_whole is not False


def told(item: CompletionItem) -> str:
    """Return what is told of a word, short enough to stand beside it."""
    words = one_line(item.help or "")
    return words if len(words) <= LONGEST_HELP else f"{words[: LONGEST_HELP - 1].rstrip()}…"


class Bash(Conversation):
    """Bash hands over the line, breaks words at signs of equality, and shows only what it would insert."""

    name = "bash"
    LISTING: ClassVar[str] = str(ord("?"))
    """How bash asks when it only lists what there is, after the second Tab."""

    def get_completion_args(self) -> tuple[list[str], str]:
        """Split the line as bash would, but for its breaks within words."""
        line = os.environ.get("_NEARMISS_LINE", "")
        words = split_arg_string(line)
        begun = words.pop() if words and not line[-1:].isspace() else ""
        return words[1:], begun

    def line(self, item: CompletionItem, option: str) -> str:
        """Return the line without what bash takes for an earlier word already."""
        _, begun = self.get_completion_args()
        known = os.environ.get("_NEARMISS_WORD", "").lstrip("\"'")
        before = begun[: len(begun) - len(known)] if begun.endswith(known) else ""
        kind, _, rest = super().line(item, option).partition("\t")
        value, _, _ = rest.partition("\t")
        value = value.removeprefix(before) if value.casefold().startswith(before.casefold()) else value
        if os.environ.get("_NEARMISS_LIST") == self.LISTING and told(item):
            value = f"{value}  ({told(item)})"
        else:
            value = re.sub(r"([\[\]*?;&|<>$`\\\"'() ])", r"\\\1", value)
        return f"{kind}\t{value}\t"


class Zsh(Conversation):
    """Zsh hands over its words, and shows what is told of each."""

    name = "zsh"


class Fish(Conversation):
    """Fish hands over its words, and adds what is told of each by itself."""

    name = "fish"

    def shown(self, value: str, help_: str) -> str:
        """Return what fish shows beside a word."""
        del value
        return help_


SHELLS: Mapping[str, type[Conversation]] = {shell.name: shell for shell in (Bash, Zsh, Fish)}


def answer(program: click.Command, shell: str, extra: Mapping[str, Any]) -> None:
    """Answer a shell that asks what fits; whatever goes wrong, it is told nothing, and the line stays as it is."""
    with suppress(Exception, KeyboardInterrupt, SystemExit), redirect_stderr(StringIO()):
        lines = SHELLS[shell](program, dict(extra), "nearmiss", "").answers()
        sys.stdout.write("".join(f"{line}\n" for line in lines))
        sys.stdout.flush()
