"""What the README says that its commands print; `python tests/readme.py COMMAND` holds what comes in against it."""

import re
import sys
from pathlib import Path

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
BLOCKS = [block.strip().splitlines() for block in re.findall(r"```console\n(.*?)```", README, re.DOTALL)]


def commands():
    """Each command of the README with the lines it is said to print."""
    found = []
    for line in (line for block in BLOCKS for line in block):
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def likeness(text):
    """What stays the same from machine to machine: no seconds, and no line of an installation."""
    lines = [
        re.sub(r"\d+\.\d s", "N s", line.rstrip()) for line in text.splitlines() if not line.startswith("Installing")
    ]
    return sorted(line for line in lines if line.strip())


if __name__ == "__main__":
    printed = sys.stdin.read()
    print(printed, end="")
    [said] = [lines for command, lines in commands() if command == sys.argv[1]]
    if likeness(printed) != likeness("\n".join(said)):
        sys.exit(f"This is not what README.md says that `{sys.argv[1]}` prints.")
