# `make demo` and `make test` set everything up themselves; they need Python 3.11 or newer and make.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/installed
# the same code where TensorFlow is not installed, and the peers that our networks are held against
JAX_VENV ?= .venv-jax
PEERS_VENV ?= .venv-peers
# what people came from: tensorflow-addons needs TensorFlow 2.15, keras-cv's layers still run beside Keras 3
LEGACY_VENV ?= .venv-legacy
KERAS_CV_VENV ?= .venv-keras-cv
# what classifies pictures on phones; it wants other versions than TensorFlow
MEDIAPIPE_VENV ?= .venv-mediapipe
# what spreads images over many machines: hundreds of megabytes that nobody else needs
SCALE_VENV ?= .venv-scale
# the oldest versions that setup.cfg allows
FLOOR_VENV ?= .venv-floor
# what builds and checks a release; beside it, with -bare, an environment that holds the wheel alone
RELEASE_VENV ?= .venv-release

.DEFAULT_GOAL := help
.PHONY: help install demo demo-small test test-slow test-all test-jax peers test-peers goldens-legacy test-keras-cv \
	test-mediapipe test-scale test-floor bench bench-full bench-tiny paper-tiny performance docs release-check lint check notebooks first-notebooks clean

help:  ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## */\t/' | expand -t 16

install: $(INSTALLED)  ## the package and what `make check` needs, in .venv

$(INSTALLED): setup.cfg pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	touch $@

demo: $(INSTALLED)  ## train, export and check on real images, about five minutes
	$(BIN)/python examples/demo.py

demo-small: $(INSTALLED)  ## the same way in under two minutes, without the accuracy
	$(BIN)/python examples/demo.py --small

lint: $(INSTALLED)  ## format, lint, types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

test: $(INSTALLED)  ## the tests
	$(BIN)/python -m pytest -n 2 -m "not slow"

test-jax: $(INSTALLED) $(JAX_VENV)/installed  ## on the JAX backend; networks and augmentation without TensorFlow
	KERAS_BACKEND=jax $(JAX_VENV)/bin/python -m pytest --noconftest tests/jax
	KERAS_BACKEND=jax $(BIN)/python -m pytest tests/jax_training

$(JAX_VENV)/installed:
	$(PYTHON) -m venv $(JAX_VENV)
	$(JAX_VENV)/bin/python -m pip install --quiet 'keras >= 3.15.1' jax numpy pytest pyyaml rich typer
	touch $@

peers: $(PEERS_VENV)/installed  ## torch, torchvision, timm; asks their networks again for the answers ours are held against
	$(PEERS_VENV)/bin/python tests/goldens/make_timm_logits.py
	$(PEERS_VENV)/bin/python tests/goldens/make_torch_weights.py
	git diff --stat -- tests/goldens/timm_logits.json tests/goldens/torch_weights.json

test-peers: $(PEERS_VENV)/installed  ## PyTorch's own files against the networks of torchvision and timm
	KERAS_BACKEND=torch $(PEERS_VENV)/bin/python -m pytest --noconftest tests/peers

$(PEERS_VENV)/installed:
	$(PYTHON) -m venv $(PEERS_VENV)
	$(PEERS_VENV)/bin/python -m pip install --quiet torch==2.14.1 torchvision==0.29.1 \
		numpy pillow pyyaml safetensors huggingface_hub 'keras >= 3.15.1' pytest rich typer
	$(PEERS_VENV)/bin/python -m pip install --quiet --no-deps timm==1.0.31  # all it asks for is there
	touch $@

goldens-legacy: $(INSTALLED) $(LEGACY_VENV)/installed  ## asks TensorFlow 2.15, tensorflow-addons and keras-cv again
	$(LEGACY_VENV)/bin/python tests/goldens/make_legacy_augment.py
	$(LEGACY_VENV)/bin/python tests/goldens/make_legacy_operations.py
	LEGACY_PYTHON=$(LEGACY_VENV)/bin/python $(BIN)/python -m pytest tests/export/test_operations.py
	git diff --stat -- tests/goldens

$(LEGACY_VENV)/installed:
	$(PYTHON) -m venv $(LEGACY_VENV)
	$(LEGACY_VENV)/bin/python -m pip install --quiet 'tensorflow-cpu==2.15.*' 'tensorflow-addons==0.23.*' \
		'keras-cv==0.9.*' 'numpy<2' 'pyarrow<20' 'tensorflow-metadata<1.16' 'tensorflow-datasets<4.9.7' \
		importlib_resources pillow matplotlib
	touch $@

test-keras-cv: $(KERAS_CV_VENV)/installed  ## slots layers of keras-cv into the augmentation
	$(KERAS_CV_VENV)/bin/python -m pytest tests/augment/test_keras_cv.py

$(KERAS_CV_VENV)/installed:
	$(PYTHON) -m venv $(KERAS_CV_VENV)
	$(KERAS_CV_VENV)/bin/python -m pip install --quiet -e '.[dev]' 'keras-cv==0.9.*' importlib_resources
	touch $@

test-mediapipe: $(INSTALLED) $(MEDIAPIPE_VENV)/installed  ## has MediaPipe classify with TFLite files of every precision
	rm -rf $(MEDIAPIPE_VENV)/files
	$(BIN)/python tests/mediapipe/make_files.py $(MEDIAPIPE_VENV)/files
	MEDIAPIPE_FILES=$(MEDIAPIPE_VENV)/files $(MEDIAPIPE_VENV)/bin/python -m pytest --noconftest tests/mediapipe

$(MEDIAPIPE_VENV)/installed:
	$(PYTHON) -m venv $(MEDIAPIPE_VENV)
	$(MEDIAPIPE_VENV)/bin/python -m pip install --quiet mediapipe==1.2.2 numpy pillow pytest
	touch $@

test-scale: $(SCALE_VENV)/installed  ## predicts in Ray Data and in Beam's DirectRunner
	$(SCALE_VENV)/bin/python -m pytest tests/scale

$(SCALE_VENV)/installed:
	$(PYTHON) -m venv $(SCALE_VENV)
	$(SCALE_VENV)/bin/python -m pip install --quiet -e '.[scale]' ray==2.60.0 apache-beam==2.77.0 pytest
	touch $@

# those that need no extra
FLOOR_TESTS := configs files runs layers models/test_create.py augment/test_color.py \
	augment/test_geometry.py data/test_decode.py data/test_pipeline.py training/test_classifier.py \
	training/test_progressive.py export/test_saved_model.py cli/test_main.py cli/test_recipes.py report/test_curves.py \
	test_public_api.py

# old releases use what new ones of others deprecate
test-floor: $(FLOOR_VENV)/installed  ## with the oldest versions that setup.cfg allows, and without extras
	$(FLOOR_VENV)/bin/python -m pytest -W ignore::DeprecationWarning $(addprefix tests/,$(FLOOR_TESTS)) \
		--deselect tests/training/test_progressive.py::test_every_knob_is_a_scalar_in_tensorboard

$(FLOOR_VENV)/installed: setup.cfg
	$(PYTHON) -m venv $(FLOOR_VENV)
	$(FLOOR_VENV)/bin/python -m pip install --quiet -e . $$($(PYTHON) tests/support/floors.py) pytest scikit-learn
	touch $@

$(VENV)/bench: $(INSTALLED)
	$(BIN)/python -m pip install --quiet -e '.[bench]'
	touch $@

bench: $(VENV)/bench  ## every benchmark in a short setting; one table of ratios and goals at the end
	PEERS_VENV=$(PEERS_VENV) $(BIN)/python benchmarks/short.py

performance: $(INSTALLED)  ## writes docs/performance.md and docs/results.md from the stored results
	$(BIN)/python benchmarks/performance.py
	$(BIN)/python -m benchmarks.paper page

bench-full: $(VENV)/bench  ## the benchmarks as they are measured: each prints its table and keeps its figures
	$(BIN)/python benchmarks/build_and_forward.py
	PEERS_VENV=$(PEERS_VENV) $(BIN)/python benchmarks/augment_ops.py
	$(BIN)/python benchmarks/augment_share.py
	$(BIN)/python benchmarks/input_pipeline.py
	$(BIN)/python benchmarks/fine_tuning.py
	$(BIN)/python benchmarks/export_latency.py
	$(BIN)/python benchmarks/tflite_latency.py
	$(BIN)/python benchmarks/export_memory.py
	$(BIN)/python benchmarks/checkpoint.py
	$(BIN)/python benchmarks/memory_growth.py
	$(BIN)/python benchmarks/serve_load.py
	$(BIN)/python benchmarks/train_step.py
	$(BIN)/python benchmarks/end_to_end.py
	$(BIN)/python benchmarks/progressive_speedup.py
	$(BIN)/python benchmarks/search.py

BENCHMARKS := build_and_forward augment_ops augment_share input_pipeline fine_tuning export_latency export_memory \
	tflite_latency checkpoint memory_growth serve_load train_step end_to_end progressive_speedup search

bench-tiny: $(VENV)/bench  ## that each benchmark runs; no figures
	for name in $(BENCHMARKS); do $(BIN)/python benchmarks/$$name.py --tiny || exit 1; done

$(VENV)/docs: $(INSTALLED)
	$(BIN)/python -m pip install --quiet -e '.[docs]'
	touch $@

docs: $(VENV)/docs  ## the site, into site/; a broken link or an unknown name is an error
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

release-check:  ## sdist and wheel, what they say of themselves, and the wheel where nothing else is
	PYTHON=$(PYTHON) RELEASE_VENV=$(RELEASE_VENV) .ci/release-check

paper-tiny: $(VENV)/bench  ## that each table and figure of the papers runs; no figures
	rm -rf runs/paper-tiny
	$(BIN)/python -m benchmarks.paper run all --preset tiny --out runs/paper-tiny

notebooks: $(INSTALLED)  ## executes the notebooks
	EFFNETV2_QUICK=1 $(BIN)/python -m pytest --nbmake --nbmake-timeout=300 notebooks

first-notebooks: $(INSTALLED)  ## executes the two that a new user opens
	EFFNETV2_QUICK=1 $(BIN)/python -m pytest --nbmake --nbmake-timeout=300 notebooks/01* notebooks/02*

check: lint test test-jax first-notebooks docs  ## everything that has to pass

test-slow: $(INSTALLED)  ## the tests that take more than a minute each
	$(BIN)/python -m pytest -n 2 -m slow

test-all: check test-slow notebooks bench-tiny paper-tiny goldens-legacy test-keras-cv test-mediapipe test-scale test-floor \
	release-check peers test-peers  ## all there is; brings gigabytes

clean:  ## removes what make wrote, runs included
	rm -rf $(VENV) $(JAX_VENV) $(PEERS_VENV) $(LEGACY_VENV) $(KERAS_CV_VENV) $(MEDIAPIPE_VENV) $(SCALE_VENV) \
		$(FLOOR_VENV) $(RELEASE_VENV) $(RELEASE_VENV)-bare runs build dist site *.egg-info
