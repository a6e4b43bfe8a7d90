import json

from small_photos import write_photos


def test_a_folder_becomes_shards_that_train_and_evaluate_take(cli, session, tiny_model_file, tmp_path):
    out = tmp_path / "shards"
    done = cli("data", "build", session.photos, out, "--pyramid", "40", "--workers", 1)
    assert done.code == 0
    assert done.out.splitlines() == [
        "3 classes, 24 training and 9 validation images",
        "wrote 33 images in 2 shards",
        f"next: effnetv2 train {out} --out runs/NAME",
    ]
    trained = cli(
        *("train", out, "--model", tiny_model_file, "--progressive", "32:48/2", "--epochs", 2, "--batch-size", 8),
        *("--out", tmp_path / "run"),
    )
    assert trained.code == 0
    evaluated = cli("evaluate", tmp_path / "run", out, "--json")
    assert json.loads(evaluated.out)["num_images"] == 9


def test_the_same_command_again_says_what_was_there(cli, tmp_path):
    photos = write_photos(tmp_path / "photos", 4)
    (photos / "red" / "none.jpg").touch()
    first = cli("data", "build", photos, tmp_path / "shards", "--workers", 1)
    assert "left out 1 images that cannot be read, named in" in first.out
    assert (tmp_path / "shards" / "bad_files.csv").read_text() == f"location,reason\n{photos}/red/none.jpg,empty file\n"
    again = cli("data", "build", photos, tmp_path / "shards", "--workers", 1)
    assert "wrote 12 images in 2 shards, 2 of them there already" in again.out


def test_a_test_split_is_kept_beside_validation(cli, tmp_path):
    for name, count in (("train", 4), ("val", 2), ("test", 3)):
        write_photos(tmp_path / "photos" / name, count)
    assert cli("data", "build", tmp_path / "photos", tmp_path / "shards", "--workers", 1).code == 0
    assert json.loads((tmp_path / "shards" / "shards.json").read_text())["splits"].keys() == {
        "train",
        "validation",
        "test",
    }


def test_bad_input(cli, session, tmp_path):
    done = cli("data", "build", session.photos, tmp_path / "shards", "--pyramid", "small")
    assert (done.code, done.err) == (
        2,
        "effnetv2: `--pyramid` must be whole numbers of px, like 160,256. Got: 'small'.\n",
    )
    done = cli("data", "build", tmp_path / "gone", tmp_path / "shards")
    assert (done.code, done.err) == (3, f"effnetv2: No such directory: {tmp_path}/gone.\n")
    done = cli("data", "build", session.photos, session.run)
    assert done.code == 2
    assert "OUT must be a new folder or one of shards" in done.err
