"""Loads the case classes of the Autobahn testsuite 0.8.2 into Python 3.

The package is Python 2 code, and its own runner needs Python 2.7. The cases themselves are short classes: what to send,
what to expect. They load here with a handful of textual changes, listed below, made while importing; nothing of the
package is copied or kept. Python 2's strings of bytes become strings whose characters are bytes (latin-1): the peer in
`fuzz.py` encodes them on the wire and decodes them from it, so lengths, slices and comparisons mean what they meant.
"""

import binascii
import importlib.abc
import importlib.util
import re
import sys
import types
from pathlib import Path

# Groups 1 to 7, 9 and 10. 12 and 13 are about permessage-deflate, which the server does not offer; 8 does not exist; 9.9 (a
# message without end) is not part of the suite's own list either.
WANTED = re.compile(r"case([1-7]|9|10)_\w+$")
UNWANTED = {"case9_9_1"}
CASES = 301

CHANGES = [
    (re.compile(r"^(\s*)print\b.*$", re.M), r"\1pass"),  # self-tests of the modules, never called
    (re.compile(r"\(object, Case, \)"), "(Case,)"),  # no method order exists for it in Python 3
    (re.compile(r"binascii\.b2a_hex\("), "hex_of("),
    (re.compile(r"\) / self\.p\.autoFragmentSize"), ") // self.p.autoFragmentSize"),
]


class State:
    """States of a connection, under the names that cases compare with."""

    STATE_CLOSED, STATE_CONNECTING, STATE_CLOSING, STATE_OPEN = range(4)


class Utf8Validator:
    """Says whether bytes are valid UTF-8: the only use that cases make of Autobahn's own."""

    def reset(self):
        pass

    def validate(self, text):
        try:
            text.encode("latin-1").decode("utf-8")
        except UnicodeDecodeError as error:
            # A prefix of something valid is valid so far, but does not end on a character.
            return (error.reason == "unexpected end of data", False)
        return (True, True)


def hex_of(text):
    return binascii.b2a_hex(text.encode("latin-1")).decode()


class Loader(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the case modules under their old top-level names and changes their text on the way in."""

    def __init__(self, folder):
        self.folder = folder

    def find_spec(self, name, path, target=None):
        file = self.folder / f"{name}.py"
        if name.startswith("case") and file.exists():
            return importlib.util.spec_from_loader(name, self)
        return None

    def exec_module(self, module):
        file = self.folder / f"{module.__name__}.py"
        text = file.read_bytes().decode("latin-1")
        for old, new in CHANGES:
            text = old.sub(new, text)
        module.__dict__.update(xrange=range, unichr=chr, hex_of=hex_of)
        exec(compile(text, str(file), "exec"), module.__dict__)


def install_stand_ins():
    """The two modules of Autobahn's library that cases import."""
    for name in ["autobahn", "autobahn.websocket", "autobahn.websocket.protocol", "autobahn.websocket.utf8validator"]:
        sys.modules[name] = types.ModuleType(name)
    sys.modules["autobahn.websocket.protocol"].WebSocketProtocol = State
    sys.modules["autobahn.websocket.utf8validator"].Utf8Validator = Utf8Validator


def load(package):
    """All wanted case classes by number, such as (9, 1, 1)."""
    folder = Path(package) / "autobahntestsuite" / "case"
    install_stand_ins()
    sys.meta_path.insert(0, Loader(folder))
    base = importlib.import_module("case").Case
    # The original compares pickles, which differ in Python 3 when a string is stored twice.
    base.compare = lambda self, one, other: one == other
    found = {}
    for file in sorted(folder.glob("case*_*.py")):
        if not WANTED.match(file.stem) or file.stem in UNWANTED:
            continue
        for value in vars(importlib.import_module(file.stem)).values():
            for case in value if isinstance(value, list) else [value]:
                number = re.match(r"Case(\d+(?:_\d+)+)$", getattr(case, "__name__", ""))
                if number:
                    found[tuple(int(part) for part in number[1].split("_"))] = case
    if len(found) != CASES:
        raise SystemExit(f"expected {CASES} cases, found {len(found)}: another version of the suite?")
    return dict(sorted(found.items()))
