"""The rows of the performance page.

Goals are what the project set out for (RandAugment, the training step, the whole pipeline, exports, TFLite, progressive
training; of a processor with AMX), and otherwise no worse than the peer.
"""

from __future__ import annotations

from performance_rows import Line, checkpoint, least, most, over, progressive, row, searched, serving, share

KERAS = "keras.applications"
B0, S = "efficientnetv2-b0", "efficientnetv2-s"
CROP = "Keras, resize then crop"
LAYER = "keras.layers.RandAugment"
PAYS = (("times", "times less CPU", least(1.5)), ("points", "accuracy ahead", least(0, " points")))
STEPS = ((B0, 128), (B0, 224), (S, 128), (S, 224))  # network and px
BUILDS = (("build", "to build"), ("first call", "to a first answer"), ("forward", "an answer"))


def built(network: str, step: str):
    return row("ratio", network=network, step=step)


def exported(way: str, batch: int, network: str = B0):
    return row("ratio", network=network, way=way, batch=batch, threads=1)


def lite(way: str):
    return row("ratio", network=B0, way=way, threads=1)


def stepped(network: str, px: int):
    """Yields the lines of a training step: against Keras in both precisions, and against timm."""
    name, case = f"training step of V2-{network[15:].upper()}, {px} px", {"network": network, "px": px}
    yield Line("train_step", f"{name}, times less CPU", KERAS, least(1.45), row("times", way="ours", **case))
    yield Line("train_step", "the same in bfloat16", KERAS, least(1.65), row("times", way="ours, bfloat16", **case))
    yield Line("train_step", "the same in float32", "timm", least(1.0), over("times", "way", "ours", "timm", **case))
    yield Line(
        "train_step", "the same, both in bfloat16", "timm", least(1.0),
        over("times", "way", "ours, bfloat16", "timm, bfloat16", **case),
    )  # fmt: skip
    yield Line(
        "train_step", "most memory held, against the peer's", KERAS, most(1.0),
        over("peak_bytes", "way", "ours", KERAS, **case),
    )  # fmt: skip


def piped(way: str, peer: str, px: int):
    return over("cpu_ms", "way", way, peer, px=px)


LINES = (
    *(
        Line("build_and_forward", f"{name}, times less time {said}", KERAS, least(1.0), built(name, step))
        for name in (B0, S)
        for step, said in BUILDS
    ),
    *(line for network, px in STEPS for line in stepped(network, px)),
    *(
        Line(
            "end_to_end",
            f"from JPEG files to updated weights, V2-B0, {px} px, times less CPU",
            peer,
            goal,
            over("times", "way", "ours", way, px=px),
        )
        for px in (128, 224)
        for peer, way, goal in (("Keras's own way", "Keras", least(2.0)), ("timm", "timm", least(1.0)))
    ),
    Line(
        "augment_ops",
        "RandAugment, 224 px, 32 images, times less CPU",
        LAYER,
        least(15),
        row("times", size=224, batch=32, way="ours"),
    ),
    Line("augment_ops", "the same, compiled", LAYER, least(21), row("times", size=224, batch=32, way="ours, compiled")),
    Line(
        "augment_share",
        "augmentation in a training step, compiled, 224 px",
        "the step without it",
        most(5, " %"),
        share("compiled", size=224, batch=32),
    ),
    Line(
        "augment_share",
        "the same, not compiled",
        "the step without it",
        most(5, " %"),
        share("plain", size=224, batch=32),
    ),
    Line(
        "input_pipeline",
        "JPEG files to batches, 224 px, CPU against the peer's",
        "image_dataset_from_directory",
        most(1.0),
        piped("ours, folder", CROP, 224),
    ),
    Line(
        "input_pipeline",
        "the same from pyramid shards, 128 px",
        "image_dataset_from_directory",
        most(1.0),
        piped("ours, pyramid shards", CROP, 128),
    ),
    Line(
        "input_pipeline",
        "JPEG files to batches, 224 px, CPU against the peer's",
        "torchvision",
        most(1.0),
        piped("ours, folder", "torchvision", 224),
    ),
    Line(
        "fine_tuning",
        "steps to 90 %, fine-tuned",
        "from nothing",
        most(1.0),
        over("median", "way", "fine-tuned", "from nothing"),
    ),
    Line(
        "export_latency",
        "SavedModel, folded and frozen, batch 1, times less CPU",
        "model.export",
        least(1.19),
        exported("folded, frozen", 1),
    ),
    Line("export_latency", "the same in bfloat16, batch 8", "model.export", least(3.3), exported("and bfloat16", 8)),
    Line(
        "export_latency",
        "ONNX Runtime on our file, batch 1, times less CPU",
        "model.export",
        least(1.0),
        exported("ONNX Runtime", 1),
    ),
    Line(
        "export_memory",
        "weights of V2-S as variables, memory after one image",
        "as constants",
        most(1.0),
        over("after_one_image", "version", f"{S}/variables", f"{S}/constants"),
    ),
    Line(
        "tflite_latency",
        "TFLite float32, one thread, CPU against the peer's",
        "model.export",
        most(1.0),
        lite("float32"),
    ),
    Line("tflite_latency", "the same, hybrid", "model.export", most(0.42), lite("hybrid")),
    Line("tflite_latency", "the same, int8", "model.export", most(0.33), lite("int8")),
    Line("checkpoint", "a checkpoint of V2-B0, CPU against the peer's", "BackupAndRestore", most(1.0), checkpoint(B0)),
    Line("checkpoint", "the same of V2-S", "BackupAndRestore", most(1.0), checkpoint(S)),
    Line(
        "memory_growth",
        "memory gained in a training, of what is allowed",
        "a bound of 48 MB",
        most(1.0),
        lambda figures: figures["gained_mb"] / figures["bound_mb"],
    ),
    Line(
        "serve_load", "16 clients, times the throughput", "FastAPI and model.predict", least(1.0), serving("throughput")
    ),
    Line("serve_load", "16 clients, time to an answer at p99", "FastAPI and model.predict", most(1.0), serving("p99")),
    Line("serve_load", "16 clients, CPU of a request", "FastAPI and model.predict", most(1.0), serving("cpu")),
    *(
        Line(
            "progressive_speedup",
            f"progressive training, {length}, {said}",
            "a fixed size",
            goal,
            progressive(what, length),
        )
        for length in ("short", "long")
        for what, said, goal in PAYS
    ),
    *(
        Line(
            "search",
            f"best reward of REINFORCE after 100 trials, {what}",
            "random search",
            least(1.0),
            searched(part),
            f"search_{part}",
        )
        for part, what in (("synthetic", "a made-up space"), ("samplers", "216 trained networks"))
    ),
)
