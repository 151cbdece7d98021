"""Unit tests, with the standard library's unittest: `python3 -m unittest` in interop/python."""
