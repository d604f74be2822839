"""The embedded engine: one llama.cpp model in one worker process.

`process.py` and `pool.py` are the daemon's side; `worker.py` and what it
imports run in the worker. Between them go the frames of `frames.py`. Nothing on
the daemon's side imports `llama_cpp`.
"""
