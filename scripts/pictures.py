"""Draw the pictures of the README anew: what `cleaner explain` and `cleaner clean` print, as SVG files in docs/."""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).parent.parent
COLUMNS = 92
PICTURES = {
    "explain": ("cleaner explain docs/example.txt",),
    "clean": ("cleaner clean docs/example.txt --marker '[{n} dropped: {kinds}]'",),
}
# A run's time differs from one drawing to the next; the pictures are to differ only when the program does.
SECONDS = re.compile(r"in \d+\.\d s")
# A picture asks no network for its letters: every terminal font will do.
WEB_FONT = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def output(command: str) -> str:
    """What a command prints on a terminal in colour, standard error included."""
    program = Path(sys.executable).parent
    environment = {
        **os.environ,
        "PATH": f"{program}{os.pathsep}{os.environ['PATH']}",
        "COLUMNS": str(COLUMNS),
        "FORCE_COLOR": "1",
        "TERM": "xterm-256color",
    }
    done = subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=environment, check=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    return SECONDS.sub("in 0.0 s", done.stdout)


def draw(name: str, commands: tuple[str, ...]) -> Path:
    """Draw the commands and their output as one terminal.

    Args:
        name: of the file in docs/, without its ending.
        commands: run one after the other in the project's folder.
    """
    console = Console(record=True, file=io.StringIO(), width=COLUMNS, force_terminal=True, color_system="truecolor")
    for command in commands:
        console.print(Text("$ ", style="bold green") + Text(command, style="bold"))
        console.print(Text.from_ansi(output(command)))
    path = ROOT / "docs" / f"{name}.svg"
    drawing = console.export_svg(title=f"cleaner {name}", unique_id=f"cleaner-{name}")
    path.write_text(WEB_FONT.sub("", drawing), "utf-8")
    return path


if __name__ == "__main__":
    for name, commands in PICTURES.items():
        print(draw(name, commands))
