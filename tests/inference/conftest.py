import keras
import pytest
from PIL import Image

from effnetv2_keras.configs.files import dump, load_config
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.export.saved_model import export_saved_model
from effnetv2_keras.export.serving import MORE_FORMATS, Serving
from effnetv2_keras.export.tflite import export_tflite
from effnetv2_keras.inference.answer import photos_of_files
from effnetv2_keras.runs.run_directory import RunDirectory

LABELS = ("blue", "green", "red")
WEBP_TOO = Serving(formats=MORE_FORMATS, batch_sizes=())


@pytest.fixture(scope="module")
def trained_run(tiny_classifier, tiny_model_file, tmp_path_factory):
    """The classifier as a run: its path."""
    run = RunDirectory(tmp_path_factory.mktemp("trained") / "run")
    run.begin(TrainSettings(data="photos", image_size=40))
    run.labels_file.write_text("".join(f"{label}\n" for label in LABELS))
    run.model_file.write_text(dump(load_config(tiny_model_file)))
    tiny_classifier.save_weights(run.best_weights)
    return run.path


@pytest.fixture(scope="module")
def forms(trained_run, tiny_classifier, tmp_path_factory):
    """The same classifier as a run, a SavedModel and a TFLite file: their paths by kind."""
    folder = tmp_path_factory.mktemp("forms")
    served = export_saved_model(tiny_classifier, folder / "served", labels=LABELS, image_size=40, serving=WEBP_TOO)
    phone = export_tflite(tiny_classifier, folder / "phone.tflite", labels=LABELS, image_size=40, precision="float32")
    yield {"run": trained_run, "saved_model": served.path, "tflite": phone.path}
    keras.backend.clear_session()


@pytest.fixture(scope="module")
def mixed_files(tmp_path_factory):
    """Photos of several formats, one turned, and files that are none; with what each is."""
    folder = tmp_path_factory.mktemp("mixed")
    exif = Image.Exif()
    exif[0x0112] = 6
    picture = Image.linear_gradient("L").resize((50, 30)).convert("RGB")
    picture.paste((210, 40, 40), (0, 0, 20, 20))
    picture.save(folder / "1.jpg")
    picture.save(folder / "2.jpg", exif=exif)
    (folder / "3.jpg").write_bytes((folder / "1.jpg").read_bytes()[:400])
    picture.save(folder / "4.png")
    (folder / "5.jpg").write_text("<html></html>")
    picture.convert("CMYK").save(folder / "6.jpg")
    (folder / "7.jpg").touch()
    (folder / "8.jpg").symlink_to(folder / "gone.jpg")
    picture.save(folder / "9.webp", lossless=True)
    return sorted(folder.iterdir())


@pytest.fixture(scope="module")
def mixed_photos(mixed_files):
    """The same files, read."""
    return list(photos_of_files(mixed_files))
