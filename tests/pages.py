"""Pages of ``docs/`` that are made of the code: ``python -m tests.pages`` writes them, a guard test compares them."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from wire.problems import Problem, catalogue, details

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
_SUBJECTS = {
    1: "Terminal",
    2: "Cards",
    3: "Scanning and verification",
    4: "Printing",
    5: "Centre and line",
    6: "Protocol",
}


@dataclass(frozen=True, slots=True)
class FaultTest:
    """A test marked ``@pytest.mark.fault(kind, code=…)``: what goes wrong, the code told, and what is promised."""

    kind: str
    code: str | None
    promise: str
    path: str
    name: str


def problems_page() -> str:
    """Return the list of every numbered problem."""
    lines = [
        "# Problems",
        "",
        "Every message about something that went wrong, from `wire/problems.toml`. A refused call is answered as",
        "RFC 9457 says (`application/problem+json`), with `code` and `number` as below; `type` is",
        f"`{details('terminal.unexpected', 500).type.rpartition('/')[0]}/NUMBER`. Written by `python -m tests.pages`.",
    ]
    listed = sorted(catalogue().values(), key=lambda one: one.number)
    for thousand, group in groupby(listed, key=lambda one: one.number // 1000):
        lines += [
            "",
            f"## {thousand}xxx {_SUBJECTS[thousand]}",
            "",
            "| number | code | 中文 | English |",
            "|---|---|---|---|",
        ]
        lines += [_row(problem) for problem in group]
    return "\n".join(lines) + "\n"


def _row(problem: Problem) -> str:
    sentences = (problem.happened, problem.kept, problem.next)
    chinese, english = "".join(one.zh for one in sentences), " ".join(one.en for one in sentences if one.en)
    return f"| {problem.number} | `{problem.code}` | {chinese} | {english} |"


def fault_matrix_page() -> str:
    """Return what can go wrong, what is promised then, and which test shows it."""
    lines = [
        "# What can go wrong, and which test shows what then happens",
        "",
        "From the tests marked `@pytest.mark.fault`. Codes are in [problems](problems.md). Written by",
        "`python -m tests.pages`.",
    ]
    tests = sorted(fault_tests(), key=lambda one: (one.kind, one.path))
    for kind, group in groupby(tests, key=lambda one: one.kind):
        lines += ["", f"## {kind[0].upper()}{kind[1:]}", "", "| promise | code | test |", "|---|---|---|"]
        lines += [_fault_row(test) for test in group]
    return "\n".join(lines) + "\n"


def _fault_row(test: FaultTest) -> str:
    code = f"{catalogue()[test.code].number} `{test.code}`" if test.code else ""
    return f"| {test.promise} | {code} | `{test.path}::{test.name}` |"


def fault_tests() -> Iterator[FaultTest]:
    """Yield every marked test, without importing any."""
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for decorator in node.decorator_list:
                    if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.fault":
                        yield _fault_test(path, node, decorator)


def _fault_test(path: Path, node: ast.FunctionDef | ast.AsyncFunctionDef, mark: ast.Call) -> FaultTest:
    named = {keyword.arg: ast.literal_eval(keyword.value) for keyword in mark.keywords}
    promise = (ast.get_docstring(node) or "").partition("\n")[0]
    return FaultTest(
        kind=ast.literal_eval(mark.args[0]),
        code=named.get("code"),
        promise=promise,
        path=str(path.relative_to(ROOT)),
        name=node.name,
    )


PAGES = {"problems.md": problems_page, "fault-matrix.md": fault_matrix_page}


def main() -> int:
    """Write every page."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
