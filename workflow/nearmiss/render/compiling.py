"""What templates are compiled to: sentences that never differ become text, and HTML is not made HTML once more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from jinja2.compiler import CodeGenerator
from jinja2.idtracking import VAR_LOAD_RESOLVE
from jinja2.nodes import Call, Const, Name

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2.compiler import Frame
    from jinja2.nodes import Expr

SAYS = "_"
"""The name by which templates say a sentence."""


class Compiler(CodeGenerator):
    """Jinja's own, but for two things that thousands of pages would do again and again, with the same outcome.

    A renderer speaks one language. So `{{ _("…") }}` without places is said when the template is compiled, where the
    name means what it always does.
    """

    def _output_child_to_const(self, node: Expr, frame: Frame, finalize: Any) -> str:
        sentence = _sentence_in(node, frame)
        if sentence is None or frame.eval_ctx.volatile:
            return super()._output_child_to_const(node, frame, finalize)
        # Whatever goes wrong here is asked again when the page is rendered, and said there.
        say = cast("Callable[..., str]", self.environment.globals[SAYS])
        return str(say(frame.eval_ctx, sentence))

    def _output_child_pre(self, node: Expr, frame: Frame, finalize: Any) -> None:
        if _is_simply_escaped(frame, finalize):
            self.write("(made if type(made := ")
        else:
            super()._output_child_pre(node, frame, finalize)

    def _output_child_post(self, node: Expr, frame: Frame, finalize: Any) -> None:
        if _is_simply_escaped(frame, finalize):
            self.write(") is Markup else escape(made))")
        else:
            super()._output_child_post(node, frame, finalize)


def _is_simply_escaped(frame: Frame, finalize: Any) -> bool:
    return bool(frame.eval_ctx.autoescape) and not frame.eval_ctx.volatile and finalize.src is None


def _sentence_in(node: Expr, frame: Frame) -> str | None:
    """Return the sentence where a template only says one, by the name that nothing in it gives another meaning."""
    if not isinstance(node, Call) or not isinstance(node.node, Name) or node.node.name != SAYS:
        return None
    if node.kwargs or node.dyn_args or node.dyn_kwargs or len(node.args) != 1:
        return None
    given = node.args[0]
    if not isinstance(given, Const) or not isinstance(given.value, str) or SAYS in frame.symbols.dump_stores():
        return None
    return given.value if frame.symbols.find_load(frame.symbols.ref(SAYS)) == (VAR_LOAD_RESOLVE, SAYS) else None
