#!/usr/bin/env python3
"""Packs built plugins: pack-plugins.py COMPONENTS SOURCES OUT. Fills the component's digest into each manifest."""

import hashlib
import io
import re
import sys
import tarfile
from pathlib import Path

components, sources, out = map(Path, sys.argv[1:])
out.mkdir(exist_ok=True)
kept = set()
for manifest in sorted(sources.glob("*/plugin.toml")):
    folder = manifest.parent
    text = manifest.read_text("utf-8")
    key = re.search(r'^id = "([a-z0-9.-]+)"$', text, re.M)
    if not key or key[1] != folder.name:
        sys.exit(f'{manifest}: `id` must be the name of its folder, "{folder.name}"')
    component = (components / (folder.name.replace("-", "_") + ".wasm")).read_bytes()
    digest = hashlib.sha256(component).hexdigest()
    text = re.sub(r"^sha256 = .*\n", "", text, flags=re.M)
    text = re.sub(r"^(version = .*)$", rf'\1\nsha256 = "{digest}"', text, count=1, flags=re.M)
    files = {"plugin.toml": text.encode(), "plugin.wasm": component, "README.md": (folder / "README.md").read_bytes()}
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode = len(data), 0o644
            tar.addfile(info, io.BytesIO(data))
    package = out / f"{folder.name}.plugboard"
    kept.add(package)
    changed = not package.exists() or package.read_bytes() != packed.getvalue()
    if changed:
        package.write_bytes(packed.getvalue())
    print(f"{'packed' if changed else 'as it was'}  {len(component) / 1024:7.0f} KiB  {folder.name}")
for package in set(out.glob("*.plugboard")) - kept:
    package.unlink()
