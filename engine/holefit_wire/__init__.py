"""Frames and messages between Holefit's processes: standard library only; msgpack is handed in by whoever opens a pipe.

``frames`` cuts the byte stream, ``plainpack`` is msgpack for who has no package, ``packing`` turns frames into messages and back, ``codec`` makes message classes,
``interpreter`` and ``types`` hold the messages of the two pipes.
"""
