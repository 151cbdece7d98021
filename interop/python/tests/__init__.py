"""Unit tests, with the standard library's unittest: `python3 -m unittest` in interop/python."""

import logging

# unittest runs asyncio in its debug mode, which reports every step that takes long, such as checking an RSA key.
logging.getLogger("asyncio").setLevel(logging.ERROR)
