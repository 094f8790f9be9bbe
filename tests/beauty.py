"""The beauty report: where the code leaves the budget of the house style.

The table is information for the reader and never fails, with one exception: a bare
`except Exception` outside the supervisors ends the run, because it hides errors for ever.

Run as `python -m tests.beauty`.
"""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 40
MAX_PARAMETERS = 5
POOR_NAMES = ("Manager", "Helper", "Util")
SWALLOWING = "except Exception outside a supervisor"
# The places that must survive any error of what they supervise, and that report it.
SUPERVISORS = frozenset(
    {
        "orchestrator/ari/link.py",
        "orchestrator/calls/executor.py",
        "orchestrator/calls/recovery.py",
        "orchestrator/jobs/runner.py",
        "orchestrator/supervisor.py",
        "orchestrator/web/errors.py",
    }
)

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Finding:
    """One departure from the budget: `file:line`, the rule's name, and what was found."""

    file: str
    line: int
    rule: str
    detail: str


def findings(file: Path, name: str) -> Iterator[Finding]:
    """All findings in one Python file; `name` is its path as it is shown."""
    source = file.read_text()
    lines = source.count("\n")
    if lines > MAX_FILE_LINES:
        yield Finding(name, 1, f"file > {MAX_FILE_LINES} lines", str(lines))
    for node in ast.walk(ast.parse(source)):
        for line, rule, detail in _node_findings(node, name):
            yield Finding(name, line, rule, detail)


def _node_findings(node: ast.AST, file: str) -> Iterator[tuple[int, str, str]]:
    if isinstance(node, Function):
        yield from _function_findings(node)
    if isinstance(node, ast.ClassDef) and any(poor in node.name for poor in POOR_NAMES):
        yield node.lineno, "name says nothing", node.name
    if isinstance(node, ast.ExceptHandler) and file not in SUPERVISORS and _swallows(node):
        yield node.lineno, SWALLOWING, ast.unparse(node.type) if node.type else "except:"


def _function_findings(node: Function) -> Iterator[tuple[int, str, str]]:
    length = (node.end_lineno or node.lineno) - node.lineno + 1
    if length > MAX_FUNCTION_LINES:
        yield node.lineno, f"function > {MAX_FUNCTION_LINES} lines", f"{node.name}: {length}"
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    counted = [each for each in arguments if each.arg not in {"self", "cls"}]
    if len(counted) > MAX_PARAMETERS:
        yield node.lineno, f"parameters > {MAX_PARAMETERS}", f"{node.name}: {len(counted)}"
    hints = [each.annotation for each in arguments] + [node.returns]
    if not node.name.startswith("_") and any(_is_vague(hint) for hint in hints):
        yield node.lineno, "dict[str, Any] in public", node.name


def _is_vague(hint: ast.expr | None) -> bool:
    return hint is not None and "dict[str, Any]" in ast.unparse(hint)


def _swallows(handler: ast.ExceptHandler) -> bool:
    """Broad, and not just cleaning up before it raises the same error again."""
    last = handler.body[-1]
    return _is_broad(handler.type) and not (isinstance(last, ast.Raise) and last.exc is None)


def _is_broad(caught: ast.expr | None) -> bool:
    """True for a bare `except:` and for one that names `Exception` or its base."""
    if caught is None:
        return True
    each = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(ast.unparse(name) in {"Exception", "BaseException"} for name in each)


def report() -> list[Finding]:
    """The findings of the whole product and its tests, migrations left out."""
    files = [*(ROOT / "orchestrator").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]
    return [
        finding
        for file in sorted(files)
        for finding in findings(file, file.relative_to(ROOT).as_posix())
    ]


def main() -> int:
    """Print the table; 1 when an error would be swallowed, else 0."""
    found = sorted(report(), key=lambda each: (each.rule, each.file, each.line))
    for each in found:
        print(f"{each.rule:<40} {each.file}:{each.line}  {each.detail}")
    print(f"Beauty report: {len(found)} departures from the budget.")
    swallowed = [
        each for each in found if each.rule == SWALLOWING and each.file.startswith("orchestrator/")
    ]
    return 1 if swallowed else 0


if __name__ == "__main__":
    sys.exit(main())
