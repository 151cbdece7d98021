"""The generated protobuf module as `pb`: `from .schema import pb`, then `pb.Frame`.

Loads what generate.py makes of the present sirdas.proto; the first run after a change makes it.
"""

import importlib.util
from pathlib import Path
from typing import Any

_GENERATOR = Path(__file__).resolve().parent.parent / "generate.py"


def _load_module(name: str, path: Path) -> Any:
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"cannot load {path}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


# The classes are made at run time: a type checker cannot see them.
pb: Any = _load_module("sirdas_pb2", _load_module("generate", _GENERATOR).generate() / "sirdas_pb2.py")
