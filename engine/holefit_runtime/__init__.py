"""What user code may import; harmless when Holefit does not run."""
