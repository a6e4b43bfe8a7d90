# Two images:
#
#   docker build --target training -t effnetv2-training .
#   docker build --target serving -t effnetv2-serving --build-arg MODEL_DIR=runs/photos/export/photos .
#
# MODEL_DIR is what `effnetv2 export RUN --to saved_model` writes: a folder that holds 1/, 2/ and so on.

ARG PYTHON_TAG=3.11-slim
# TensorFlow Serving before 2.21 does not decode WebP; all else of an export it knows
ARG SERVING_TAG=2.20.0

FROM python:${PYTHON_TAG} AS training
WORKDIR /src
COPY pyproject.toml setup.cfg README.md ./
COPY effnetv2_keras effnetv2_keras
# setup.cfg says which versions
# hadolint ignore=DL3013
RUN pip install --no-cache-dir '.[nas,onnx,postgresql,tflite]' \
    && useradd --uid 1000 --create-home trainer \
    && install --directory --owner=trainer /work
USER 1000
# photos/ and runs/ are mounted here
WORKDIR /work
ENTRYPOINT ["effnetv2"]
CMD ["--help"]

FROM tensorflow/serving:${SERVING_TAG} AS serving
ARG MODEL_DIR
ENV MODEL_NAME=effnetv2 MODEL_BASE_PATH=/models
COPY ${MODEL_DIR} /models/effnetv2
COPY export/batching_parameters.txt export/monitoring.config /etc/effnetv2/
USER 65534
EXPOSE 8500 8501
# added to the arguments of the image's own entry point
CMD ["--enable_batching=true", "--batching_parameters_file=/etc/effnetv2/batching_parameters.txt", "--monitoring_config_file=/etc/effnetv2/monitoring.config"]
