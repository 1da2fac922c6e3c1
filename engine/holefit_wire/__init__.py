"""Frames and messages between Holefit's processes: standard library only; msgpack is handed in by whoever opens a pipe."""
