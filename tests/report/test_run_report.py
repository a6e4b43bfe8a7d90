"""The page of a run. Long because every part of it is held against the same written run."""

import base64
import io
import re
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest
from PIL import Image

from effnetv2_keras.configs.files import dump, load_config
from effnetv2_keras.configs.settings import TrainSettings
from effnetv2_keras.data.labels import LabelSets
from effnetv2_keras.data.manifest import BadFile, Level, Split
from effnetv2_keras.inference.answer import Answer
from effnetv2_keras.inference.evaluate import evaluate
from effnetv2_keras.report.measured import Measured
from effnetv2_keras.report.run_report import report_page, write_report
from effnetv2_keras.runs.history import write_history
from effnetv2_keras.runs.run_directory import RunDirectory, read_yaml, write_yaml
from effnetv2_keras.runs.times import write_times

VOID = {"meta", "img", "line", "rect", "circle", "path", "br"}


class Page(HTMLParser):
    """Reads a page, and insists that what is opened is closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.text = [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag, name):
        return [attributes[name] for found, attributes in self.tags if found == tag and name in attributes]


class Photos:
    """Photos of one colour each, as a store."""

    def __init__(self, count):
        self.count = count

    def __len__(self):
        return self.count

    def read(self, index):
        file = io.BytesIO()
        Image.new("RGB", (40, 30), (index % 256, 80, 120)).save(file, "PNG")
        return file.getvalue()


class Says:
    """Answers with what it is told, by number: names best first; None is a file that cannot be read."""

    kind, image_size = "tflite", 48

    def __init__(self, labels, best):
        self.labels, self.best = labels, best

    def answer(self, photos, top):
        return [self._one(photo.name, self.best[int(photo.name.split("/")[-1])]) for photo in photos]

    def _one(self, name, best):
        if best is None:
            return Answer(name, error="truncated")
        score = 0.99 - int(name.split("/")[-1]) / 1000
        return Answer(name, tuple(best), (score, *[(1 - score) / 9] * (len(best) - 1)))


def measure(names, shown, best, **kwargs):
    """Evaluates made-up answers for images that show class numbers, or tuples of them."""
    ones = np.ones(len(shown), np.int32)
    full = Level(Photos(len(shown)), np.stack([ones, ones], 1), ones, np.array(["PNG"] * len(shown)))
    several = isinstance(shown[0], tuple)
    labels = LabelSets.of(shown, len(names)) if several else np.array(shown, np.int32)
    split = Split("test", tuple(names), tuple(f"photos/{i}" for i in range(len(shown))), labels, full)
    model = Says(tuple(names), best)
    return Measured("export/x.tflite", "tflite", 48, "photos", split, evaluate(model, split), **kwargs)


@pytest.fixture
def three():
    """Ten images of three classes, of which one cannot be read; six of nine are answered right."""
    names = ("ant", "bee", "cat")
    shown = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]
    answers = ["ant", "ant", "bee", "cat", "bee", "bee", "bee", "cat", "ant", None]
    best = [None if name is None else [name, *(other for other in names if other != name)] for name in answers]
    return measure(names, shown, best)


def test_the_page_holds_all_it_needs(three):
    page = Page(report_page(three))
    assert "script" not in {tag for tag, _ in page.tags}
    assert "link" not in {tag for tag, _ in page.tags}
    sources = page.all("img", "src")
    assert sources
    assert all(source.startswith("data:image/") for source in sources)
    assert "url(" not in report_page(three)
    assert all(target.startswith("#") for target in page.all("a", "href"))


def test_every_picture_has_a_text_and_every_link_a_target(three):
    page = Page(report_page(three))
    assert len(page.all("img", "alt")) == len(page.all("img", "src"))
    assert all(page.all("img", "alt"))
    anchors = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(set(anchors)) == len(anchors)
    assert {target[1:] for target in page.all("a", "href")} <= set(anchors)


def test_the_figures_are_those_of_scikit_learn(three):
    from sklearn.metrics import classification_report

    truth = ["ant"] * 4 + ["bee"] * 3 + ["cat"] * 2
    said = ["ant", "ant", "bee", "cat", "bee", "bee", "bee", "cat", "ant"]
    told = classification_report(truth, said, output_dict=True)
    page = report_page(three)
    rows = re.findall(r'<tr><th scope="row">(\w+)</th><td>(\d+)</td>(.*?)</tr>', page)
    found = {name: (int(count), *map(float, re.findall(r">([\d.]+)\xa0%", cells))) for name, count, cells in rows}
    assert found == {
        name: (
            told[name]["support"],
            *(pytest.approx(100 * told[name][key], abs=0.05) for key in ("recall", "precision", "f1-score")),
        )
        for name in ("ant", "bee", "cat")
    }
    assert [name for name, *_ in rows] == ["ant", "cat", "bee"]  # the weakest first
    assert f"<li><b>{100 * told['accuracy']:.1f}\xa0%</b>accuracy</li>" in page
    assert f"<li><b>{100 * told['macro avg']['recall']:.1f}\xa0%</b>mean recall of the classes</li>" in page


def test_few_classes_are_a_table_of_what_was_taken_for_what(three):
    page = report_page(three)
    table = page[page.index('<table class="matrix">') :]
    cells = re.findall(r"<t[dh][^>]*>(\w*)</t[dh]>", table[table.index("<tbody>") : table.index("</tbody>")])
    assert cells == ["ant", "2", "1", "1", "4", "bee", "", "3", "", "3", "cat", "1", "", "1", "2"]
    assert 'title="1 of 4 images of ant were answered with cat"' in table


def test_the_pairs_that_are_confused_come_with_a_picture_each(three):
    pairs = report_page(three).split("<h3>Most often confused</h3>")[1].split("</section>")[0]
    said = re.findall(r"<b>(\w+)</b><span[^>]*>taken for (\w+)</span><span>([^<]*)</span>", pairs)
    assert said == [
        ("ant", "bee", "1 of 4 images, 25.0\xa0%"),
        ("ant", "cat", "1 of 4 images, 25.0\xa0%"),
        ("cat", "ant", "1 of 2 images, 50.0\xa0%"),
    ]
    reds = []
    for data in re.findall(r"data:image/jpeg;base64,([\w+/=]+)", pairs):
        with Image.open(io.BytesIO(base64.b64decode(data))) as image:
            reds.append(image.convert("RGB").getpixel((20, 15))[0])
    assert reds == pytest.approx([2, 3, 8], abs=1)  # the first image of each


def test_the_surest_mistakes_come_first_with_truth_answer_and_score(three):
    page = report_page(three)
    mistakes = page[page.index('<section id="mistakes">') :]
    assert re.findall(r'alt="(shows [^"]*)"', mistakes) == [
        "shows ant, answered bee",  # 2, then 3, then 8: each is less sure than the one before
        "shows ant, answered cat",
        "shows cat, answered ant",
    ]
    assert re.findall(r'class="score">answered (\w+), ([\d.]+)', mistakes) == [
        ("bee", "98.8"),
        ("cat", "98.7"),
        ("ant", "98.2"),
    ]


def test_pictures_are_thumbnails_of_the_mistakes(three):
    page = report_page(three)
    mistakes = page[page.index('<section id="mistakes">') :]
    reds = []
    for data in re.findall(r"data:image/jpeg;base64,([\w+/=]+)", mistakes):
        with Image.open(io.BytesIO(base64.b64decode(data))) as image:
            assert image.size == (40, 30)
            reds.append(image.convert("RGB").getpixel((20, 15))[0])
    assert reds == pytest.approx([2, 3, 8], abs=1)


def test_at_most_25_mistakes_are_shown():
    measured = measure(("ant", "bee"), [0] * 40, [["bee", "ant"]] * 40)
    page = report_page(measured)
    assert page.count('class="score"') == 25
    assert "The 25 surest of 40." in page


def test_files_that_were_skipped_are_named_once_with_the_reason(three):
    files = (BadFile("photos/a.heic", "HEIC <is> not read"), BadFile("photos/9", "truncated"))
    page = report_page(replace(three, unreadable=files))
    rows = re.findall(r'<th scope="row">(photos/[^<]*)</th><td>([^<]*)</td>', page)
    assert rows == [("photos/a.heic", "HEIC &lt;is&gt; not read"), ("photos/9", "truncated")]


def test_a_hundred_classes_are_a_map_and_the_worst_pairs():
    names = [f"class {number}" for number in range(100)]
    shown = list(range(100)) * 3
    best = [[names[(number + 1) % 100 if number in (7, 107, 207) else number % 100]] for number in range(300)]
    page = report_page(measure(names, shown, best))
    assert '<table class="matrix">' not in page
    [data] = re.findall(r'class="map"[^>]*base64,([\w+/=]+)', page)
    with Image.open(io.BytesIO(base64.b64decode(data))) as image:
        pixels = np.asarray(image)
    assert pixels.shape == (100, 100, 4)
    assert tuple(pixels[5, 5]) == (40, 140, 90, 255)
    assert tuple(pixels[7, 8]) == (200, 70, 55, 255)
    assert np.count_nonzero(pixels[..., 3]) == 100  # 99 on the diagonal and the one beside it
    assert '<b>class 7</b><span class="reason">taken for class 8</span><span>3 of 3 images, 100\xa0%</span>' in page
    assert page.count('<th scope="row">class ') == 100
    assert "70 more classes" in page


def test_of_images_with_several_classes_the_pairs_that_were_exchanged_are_shown():
    names = ("ant", "bee", "cat", "dog")
    measured = measure(
        names, [(0, 1), (1, 2), (3,)], [names, ("bee", "dog", "cat", "ant"), ("dog", "ant", "bee", "cat")]
    )
    page = report_page(measured)
    assert "<b>3 of 3 images show the class that was answered first: 100\xa0%.</b>" in page
    assert '<b>cat</b><span class="reason">taken for dog</span><span>1 of 1 image, 100\xa0%</span>' in page
    assert '<table class="matrix">' not in page


def test_a_model_without_mistakes_says_so():
    page = report_page(measure(("ant", "bee"), [0, 1], [["ant"], ["bee"]]))
    Page(page)
    assert "None: nothing was taken for anything else." in page
    assert "2 of 2 images were answered right: 100\xa0%." in page


def test_a_page_of_images_that_none_can_be_read_is_a_page():
    page = report_page(measure(("ant", "bee"), [0, 1], [None, None]))
    Page(page)
    assert "0 of 0 images were answered right: 0.0\xa0%." in page


def test_names_and_places_are_text(three):
    bad = "<script>alert(1)</script>"
    names = (bad, "b&b")
    measured = measure(names, [0, 1], [[names[1]], [names[0]]], command=f"effnetv2 evaluate {bad}", part=bad)
    page = report_page(replace(measured, model=f"models/{bad}", data=bad))
    assert "script" not in {tag for tag, _ in Page(page).tags}


@pytest.fixture
def run(tmp_path, tiny_model_file):
    """A run directory of four epochs in two phases, as training leaves it."""
    settings = TrainSettings("my photos", model=str(tiny_model_file), epochs=4, progressive="32:48/2", dropout="0:0.1")
    run = RunDirectory(tmp_path / "run")
    run.begin(settings)
    run.labels_file.write_text("ant\nbee\ncat\n")
    run.model_file.write_text(dump(load_config(tiny_model_file)))
    counts = {"num_classes": 3, "num_training_images": 24, "num_validation_images": 9, "num_bad_files": 1}
    write_yaml(run.data_file, {"head": "logits", **counts})
    write_history(run.history_file, [history_row(epoch) for epoch in (1, 2, 3, 4)])
    write_times(run.times_file, [times_row(epoch) for epoch in (1, 2, 3, 4)])
    write_yaml(run.result_file, {"val_accuracy": 0.75, "epoch": 3, "image_size": 48, **counts})
    return run


def history_row(epoch):
    figures = {
        "accuracy": epoch / 10,
        "loss": 3.0 - epoch / 2,
        "val_loss": 3.0,
        "val_accuracy": 0.75 - abs(3 - epoch) / 4,
    }
    knobs = {"image_size": 32 if epoch < 3 else 48, "dropout": 0 if epoch < 3 else 0.1, "learning_rate": 0.002}
    return {"epoch": epoch, **figures, **knobs}


def times_row(epoch):
    size = 32 if epoch < 3 else 48
    return {"epoch": epoch, "image_size": size, "steps": 3, "images_per_second": 6400 / size, "seconds": 40 * epoch}


def test_a_run_tells_what_was_trained_and_what_each_phase_cost(three, run):
    text = " ".join(Page(report_page(replace(three, kind="run"), run)).text)
    assert "24 training and 9 validation images" in text
    assert "75.00\xa0% of the validation images, with the weights of epoch 3, the best of 4" in text
    assert "6 min 40 s for 4 epochs" in text
    assert "expect a little less" not in text
    held = report_page(replace(three, kind="run", part="its validation images"), run)
    assert "The best epoch was chosen by these very images: expect a little less of new ones." in held
    page = report_page(three, run)
    schedule = page[page.index("<h3>The schedule</h3>") :]
    rows = re.findall(r'<tr><th scope="row">(\d)</th>(.*?)</tr>', schedule[: schedule.index("</table>")])
    assert [(number, re.findall(r"<td>([^<]*)</td>", cells)) for number, cells in rows] == [
        ("1", ["1 to 2", "32 px", "0.00", "200", "2 min 0 s"]),
        ("2", ["3 to 4", "48 px", "0.10", "133", "4 min 40 s"]),
    ]


@pytest.mark.parametrize(
    ("data", "num_validation", "is_warned"),
    [("my photos", 9, True), ("my photos", 10, False), ("new photos", 9, False)],
)
def test_a_run_measured_on_what_it_was_trained_on_is_told_so(three, run, data, num_validation, is_warned):
    write_yaml(run.data_file, {**read_yaml(run.data_file), "num_validation_images": num_validation})
    page = report_page(replace(three, kind="run", model=str(run.path), data=data), run)
    assert ("Images that it was trained on are among them" in page) == is_warned


def test_a_run_has_its_curves_with_phases_the_best_epoch_and_every_knob(three, run):
    page = report_page(three, run)
    Page(page)
    labels = re.findall(r'aria-label="([^"]* over the epochs: [^"]*)"', page)
    assert labels == [
        "loss over the epochs: training from 2.5 to 1; validation from 3 to 3",
        "accuracy over the epochs: training from 10% to 40%; validation from 25% to 50%",
        "learning rate over the epochs: learning rate from 0.002 to 0.002",
        "image size over the epochs: image size from 32 px to 48 px",
        "dropout over the epochs: dropout from 0 to 0.1",
    ]
    assert page.count(">best: epoch 3</text>") == 2
    assert page.count('class="name"') == 2 * 5


def test_the_command_of_a_run_is_in_its_page(three, run, tiny_model_file):
    text = "".join(Page(report_page(three, run)).text)
    command = text[text.index("effnetv2 train") : text.index(str(run.path)) + len(str(run.path))]
    assert command.replace(" \\\n   ", "") == (
        f"effnetv2 train 'my photos' --model {tiny_model_file} --epochs 4 --progressive 32:48/2 --dropout 0:0.1 "
        f"--out {run.path}"
    )


def test_a_run_that_is_not_finished_says_how_far_it_is(three, run):
    run.result_file.unlink()
    write_history(run.history_file, [history_row(1), history_row(2)])
    assert "not finished: 2 of 4 epochs, the best so far is epoch 2" in report_page(three, run)


def test_a_run_of_before_has_a_page_too(three, run):
    for file in (run.times_file, run.history_file, run.data_file, run.environment_file):
        file.unlink(missing_ok=True)
    Page(report_page(three, run))


def test_both_environments_are_told_where_they_differ(three, run):
    write_yaml(run.environment_file, {"keras": "3.0.0", "gpu": "Some GPU"})
    page = report_page(three, run)
    assert '<th scope="row">keras</th><td>3.0.0</td><td>' in page
    assert '<th scope="row">gpu</th><td>Some GPU</td><td>' in page


def test_a_holdout_is_called_one(three, run):
    settings = run.settings().as_dict()
    write_yaml(run.settings_file, {**settings, "holdout": 0.2})
    write_yaml(run.result_file, {"val_accuracy": 0.7, "holdout_accuracy": 0.75, "epoch": 3, "num_bad_files": 0})
    page = report_page(three, run)
    assert "which the holdout chose (75.00\xa0%)" in page
    assert "loss over the epochs: training from 2.5 to 1; holdout from 3 to 3" in page


def test_the_file_is_whole_and_of_a_size_to_be_sent(three, run, tmp_path):
    write_report(replace(three, kind="run", model=str(run.path)), tmp_path / "new" / "report.html")
    assert (tmp_path / "new" / "report.html").read_text().endswith("</html>\n")
    assert (tmp_path / "new" / "report.html").stat().st_size < 60_000
