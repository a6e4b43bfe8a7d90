"""Classifies photos with a TFLite file. Needs ai-edge-litert, NumPy and Pillow: copy it to where the model runs.

python classify_tflite.py photos.tflite photo.jpg more_photos/
"""

import json
import sys
import time
import zipfile
from pathlib import Path

import numpy as np
from ai_edge_litert.interpreter import Interpreter
from PIL import Image, ImageOps

model, *locations = map(Path, sys.argv[1:])
files = [file for place in locations for file in (sorted(place.rglob("*.jpg")) if place.is_dir() else [place])]
labels = zipfile.ZipFile(model).read("labels.txt").decode().splitlines()
classify = Interpreter(str(model)).get_signature_runner()
side = int(classify.get_input_details()["image"]["shape"][1])

for file in files:
    begun = time.perf_counter()
    photo = ImageOps.exif_transpose(Image.open(file)).convert("RGB").resize((side, side), Image.Resampling.BILINEAR)
    probabilities = classify(image=np.asarray(photo)[None])["probabilities"][0]
    best = int(probabilities.argmax())
    milliseconds = 1000 * (time.perf_counter() - begun)
    answer = {
        "path": str(file),
        "label": labels[best],
        "score": float(probabilities[best]),
        "ms": round(milliseconds, 3),
    }
    print(json.dumps(answer))
