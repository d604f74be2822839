"""`python -m homeport.adapters.engine NAME`: the worker process of one model.

The name is there for people who read the process list; everything else comes
through the pipe.
"""

from homeport.adapters.engine.worker import main

if __name__ == "__main__":
    main()
