"""``python -m cidmesa.verify PROOF...``: prints what each proof shows; exit code 1 if one is refused."""

import sys
from pathlib import Path

from . import Refused, verify

code = 0
for name in sys.argv[1:]:
    try:
        print(*(f"{name}: {said}" for said in verify(Path(name).read_text("utf-8"))), sep="\n")  # noqa: T201
    except (Refused, OSError, UnicodeDecodeError) as error:
        print(f"{name}: refused: {error}", file=sys.stderr)  # noqa: T201
        code = 1
sys.exit(code)
