"""The deployment kit: files for other people's programs, held against what those programs read."""

import inspect
import re
import runpy
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest
import yaml
from google.protobuf import (
    descriptor_pb2,
    descriptor_pool,
    message_factory,
    text_format,
    wrappers_pb2,  # noqa: F401  its messages are fields below
)
from tensorflow_serving.config import model_server_config_pb2

from effnetv2_keras.cli.search import search
from effnetv2_keras.export.serving import Serving

ROOT = Path(__file__).parents[2]
KIT = ROOT / "export"
INT64, BOOL, STRING, MESSAGE = (
    descriptor_pb2.FieldDescriptorProto.Type.Value(f"TYPE_{n}") for n in ("INT64", "BOOL", "STRING", "MESSAGE")
)


def message(name, fields):
    """Makes a message type of rows (name, number, type, type name, is repeated)."""
    file = descriptor_pb2.FileDescriptorProto(name=f"{name}.proto", package="kit", syntax="proto3")
    file.dependency.append("google/protobuf/wrappers.proto")
    for kind, rows in fields.items():
        made = file.message_type.add(name=kind)
        for field, number, of, type_name, is_repeated in rows:
            made.field.add(name=field, number=number, type=of, type_name=type_name, label=3 if is_repeated else 1)
    pool = descriptor_pool.Default()
    pool.Add(file) if hasattr(pool, "Add") else pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"kit.{name}"))


WRAPPED = ".google.protobuf.Int64Value"
# Source: tensorflow_serving/servables/tensorflow/session_bundle_config.proto, BatchingParameters
BATCHING = {
    "BatchingParameters": [
        ("max_batch_size", 1, MESSAGE, WRAPPED, False),
        ("batch_timeout_micros", 2, MESSAGE, WRAPPED, False),
        ("max_enqueued_batches", 3, MESSAGE, WRAPPED, False),
        ("num_batch_threads", 4, MESSAGE, WRAPPED, False),
        ("allowed_batch_sizes", 6, INT64, None, True),
    ]
}
# Source: tensorflow_serving/config/monitoring_config.proto
MONITORING = {
    "PrometheusConfig": [("enable", 1, BOOL, None, False), ("path", 2, STRING, None, False)],
    "MonitoringConfig": [("prometheus_config", 1, MESSAGE, ".kit.PrometheusConfig", False)],
}


def test_the_models_file_is_what_the_server_reads():
    parsed = text_format.Parse((KIT / "models.config").read_text(), model_server_config_pb2.ModelServerConfig())
    [model] = parsed.model_config_list.config
    assert (model.name, model.base_path, model.model_platform) == ("effnetv2", "/models/effnetv2", "tensorflow")
    assert set(model.version_labels.values()) <= set(model.model_version_policy.specific.versions)
    assert dict(model.version_labels) == {"stable": 1, "canary": 2}


def test_the_batching_file_allows_the_sizes_that_an_export_is_warmed_up_with():
    parsed = text_format.Parse((KIT / "batching_parameters.txt").read_text(), message("BatchingParameters", BATCHING)())
    assert tuple(parsed.allowed_batch_sizes) == tuple(Serving().batch_sizes) == (1, 8, 32)
    assert parsed.max_batch_size.value == parsed.allowed_batch_sizes[-1]  # else the server refuses the model


def test_the_monitoring_file_switches_the_counters_on():
    parsed = text_format.Parse((KIT / "monitoring.config").read_text(), message("MonitoringConfig", MONITORING)())
    assert parsed.prometheus_config.enable
    assert parsed.prometheus_config.path == "/monitoring/prometheus/metrics"


def test_the_dockerfile_passes_hadolint():
    hadolint = shutil.which("hadolint", path=sysconfig.get_path("scripts"))
    done = subprocess.run([hadolint, "--no-color", str(ROOT / "Dockerfile")], capture_output=True, text=True)
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_what_the_dockerfile_copies_is_in_the_repository_and_in_the_context():
    text = (ROOT / "Dockerfile").read_text()
    sources = [s for line in re.findall(r"^COPY (?!--)(.*)$", text, re.M) for s in line.split()[:-1] if "$" not in s]
    assert sources == [
        *("pyproject.toml", "setup.cfg", "README.md", "effnetv2_keras"),
        *("export/batching_parameters.txt", "export/monitoring.config"),
    ]
    kept = {line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    for source in sources:
        assert (ROOT / source).exists()
        assert source.split("/")[0] in kept


def flags_of(text):
    return set(re.findall(r"--(\w+)=", text))


def test_the_server_gets_the_same_flags_everywhere():
    compose = yaml.safe_load((KIT / "compose.yaml").read_text())["services"]["serving"]
    assert flags_of(" ".join(compose["command"])) == flags_of((ROOT / "Dockerfile").read_text().split("AS serving")[1])
    assert compose["ports"] == ["8500:8500", "8501:8501"]
    mounted = [volume.split(":")[-2] for volume in compose["volumes"]]
    assert mounted[0] == "/models/effnetv2"
    for flag in compose["command"]:
        if "_file=" in flag:
            assert flag.split("=")[1] in mounted


def test_the_workers_of_a_search_are_started_as_the_package_starts_them():
    compose = yaml.safe_load((KIT / "search" / "compose.yaml").read_text())["services"]
    assert set(compose) == {"trials", "search", "worker"}
    assert compose["worker"]["entrypoint"] == ["python", "-m", "effnetv2_keras.nas.worker"]
    folder, url, lease = compose["worker"]["command"]
    [out] = [word.removeprefix("--out=") for word in compose["search"]["command"] if word.startswith("--out=")]
    [storage] = [word for word in compose["search"]["command"] if word.startswith("--storage=")]
    assert (folder, float(lease)) == (out, 60.0)
    assert url.startswith("postgresql+psycopg://search:")
    assert "@trials/search" in storage
    assert url.replace("${SEARCH_HOST:-trials}", "trials") == storage.removeprefix("--storage=")
    assert compose["worker"]["volumes"] == compose["search"]["volumes"]
    options = {option for word in compose["search"]["command"] for option in re.findall(r"^--([a-z-]+)=", word)}
    parameters = {name.replace("_", "-") for name in inspect.signature(search).parameters}
    assert options == {"preset", "storage", "out"} <= parameters


def test_the_versions_of_the_server_agree():
    tags = re.findall(r"SERVING_TAG=([\d.]+)", (ROOT / "Dockerfile").read_text())
    tags += re.findall(r"tensorflow/serving:([\d.]+)", (KIT / "compose.yaml").read_text())
    tags += [yaml.safe_load((KIT / "kserve.yaml").read_text())["spec"]["predictor"]["model"]["runtimeVersion"]]
    assert tags == ["2.20.0"] * 3


def test_kubernetes_finds_what_it_names():
    deployment, service, scaler = yaml.safe_load_all((KIT / "kubernetes.yaml").read_text())
    assert [one["kind"] for one in (deployment, service, scaler)] == [
        "Deployment",
        "Service",
        "HorizontalPodAutoscaler",
    ]
    pod = deployment["spec"]["template"]
    assert deployment["spec"]["selector"]["matchLabels"].items() <= pod["metadata"]["labels"].items()
    assert service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    [container] = pod["spec"]["containers"]
    ports = {port["name"]: port["containerPort"] for port in container["ports"]}
    assert ports == {"grpc": 8500, "rest": 8501}
    assert {port["targetPort"] for port in service["spec"]["ports"]} == set(ports)
    for probe in ("startupProbe", "readinessProbe"):
        assert container[probe]["httpGet"]["port"] in ports
        assert container[probe]["httpGet"]["path"].startswith("/v1/models/effnetv2")
    target = scaler["spec"]["scaleTargetRef"]
    assert (target["kind"], target["name"]) == ("Deployment", deployment["metadata"]["name"])
    assert scaler["spec"]["minReplicas"] == deployment["spec"]["replicas"]


def test_kserve_asks_for_its_tensorflow_runtime():
    service = yaml.safe_load((KIT / "kserve.yaml").read_text())
    assert (service["apiVersion"], service["kind"]) == ("serving.kserve.io/v1beta1", "InferenceService")
    assert service["spec"]["predictor"]["model"]["modelFormat"] == {"name": "tensorflow"}


def test_every_file_of_the_kit_is_in_its_table():
    text = (KIT / "README.md").read_text()
    names = sorted(path.name for path in KIT.iterdir() if path.is_file() and path.name != "README.md")
    assert [name for name in names if f"`{name}`" not in text] == []


@pytest.mark.parametrize("script", ["to_saved_model.py", "to_tflite.py"])
def test_the_scripts_explain_themselves(script, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", [script, "--help"])
    with pytest.raises(SystemExit) as end:
        runpy.run_path(str(KIT / script), run_name="__main__")
    assert end.value.code == 0
    assert "--precision" in capsys.readouterr().out
