"""Hot reload, from the session's side: what one did or would do, as values, and the files that are watched for it.

What carries it out runs in the worker: ``holefit_worker/reload``.
"""
