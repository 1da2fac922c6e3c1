"""The worker: runs user code under the user's own Python. Standard library and ``holefit_wire`` only."""
