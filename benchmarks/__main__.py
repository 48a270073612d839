"""`python -m benchmarks NAME [--json FILE] [--quick] …`: run one benchmark and print its figures.

A benchmark is a module of this package with `add_arguments(parser)` and
`run(options) -> Sequence[Figure]`; its docstring says what is measured and on what.
"""

from __future__ import annotations

import argparse
import importlib
import pkgutil
import sys
from pathlib import Path

import benchmarks
from benchmarks.figures import table, write_json
from schemas.errors import WordtoneError

_NOT_BENCHMARKS = {"__main__", "figures"}


def names() -> list[str]:
    found = (module.name for module in pkgutil.iter_modules(benchmarks.__path__))
    return sorted(name for name in found if name not in _NOT_BENCHMARKS and "_" not in name)


def main(arguments: list[str]) -> int:
    if not arguments or arguments[0] not in names():
        asked = f"unknown benchmark {arguments[0]!r}; " if arguments else ""
        print(f"{asked}valid names: {', '.join(names())}", file=sys.stderr)
        return 2
    module = importlib.import_module(f"benchmarks.{arguments[0]}")
    parser = argparse.ArgumentParser(
        prog=f"./dev bench {arguments[0]}",
        description=module.__doc__,
        allow_abbrev=False,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="also write the figures there")
    parser.add_argument("--quick", action="store_true", help="a smaller run; noisier figures")
    module.add_arguments(parser)
    options = parser.parse_args(arguments[1:])
    try:
        figures = module.run(options)
    except WordtoneError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    print(table(figures))
    if options.json:
        write_json(figures, options.json)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
