"""Classifies photos with a SavedModel. Needs TensorFlow and nothing else: copy it to where the model runs.

python classify_saved_model.py served/photos/1 photo.jpg more_photos/
"""

import json
import sys
import time
from pathlib import Path

import tensorflow as tf

folder, *locations = map(Path, sys.argv[1:])
files = [file for place in locations for file in (sorted(place.rglob("*.jpg")) if place.is_dir() else [place])]
classify = tf.saved_model.load(str(folder)).signatures["serving_default"]
classify(image_bytes=tf.constant([files[0].read_bytes()]))  # the first call is slower

for file in files:
    begun = time.perf_counter()
    answer = classify(image_bytes=tf.constant([file.read_bytes()]))
    label, score = answer["classes"][0, 0].numpy().decode(), float(answer["scores"][0, 0])
    milliseconds = 1000 * (time.perf_counter() - begun)
    print(json.dumps({"path": str(file), "label": label, "score": score, "ms": round(milliseconds, 3)}))
