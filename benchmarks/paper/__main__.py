"""Makes the modules beside this package importable, sets the processor up, then runs the command line."""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")  # as `effnetv2 train` has it
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

from paper.main import main

if __name__ == "__main__":
    sys.exit(main())
