#!/usr/bin/python3
"""Generates the protobuf module from sirdas.proto with protoc.

Prints the folder that holds `sirdas_pb2.py`. The folder is named after the schema's content, so a changed schema gets a
new one and two programs that start at the same time do not disturb each other. `sirdas_peer.schema` runs this when the
module is missing; nothing generated is committed.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
PROTO = HERE.parent.parent / "packages" / "protocol" / "sirdas.proto"
GENERATED = HERE / ".generated"


def generate(proto: Path = PROTO, generated: Path = GENERATED) -> Path:
    """Returns the folder with `sirdas_pb2.py` for this schema, made now unless it is already there."""
    target = generated / hashlib.sha256(proto.read_bytes()).hexdigest()[:16]
    if not target.is_dir():
        generated.mkdir(exist_ok=True)
        fresh = Path(tempfile.mkdtemp(dir=generated))
        subprocess.run(
            ["protoc", f"--proto_path={proto.parent}", f"--python_out={fresh}", proto.name], check=True
        )
        _move_into_place(fresh, target)
    return target


def _move_into_place(fresh: Path, target: Path) -> None:
    try:
        os.rename(fresh, target)
    except OSError:
        if not target.is_dir():
            raise
        shutil.rmtree(fresh)  # another program was faster


if __name__ == "__main__":
    try:
        print(generate())
    except (OSError, subprocess.CalledProcessError) as failure:
        sys.exit(f"The protobuf module was not made: {failure}. Is protobuf-compiler installed?")
