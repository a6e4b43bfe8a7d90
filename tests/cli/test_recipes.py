import subprocess
import sys

from effnetv2_keras.configs.recipe_files import load_recipe, override
from effnetv2_keras.configs.recipes import get_recipe


def row(out, name):
    """The cells of the table's line that begins with `name`."""
    (line,) = [line for line in out.splitlines() if f" {name} " in line]
    return [cell.strip() for cell in line.strip("│").split("│")][1:]


def test_lists_every_recipe_with_its_numbers(cli):
    done = cli("recipes")
    assert done.code == 0
    assert row(done.out, "paper:efficientnetv2-m") == [
        *("350 epochs", "4096", "0.256", "exponential", "128 212 296 380", "480"),
    ]
    assert row(done.out, "released-finetune:efficientnetv2-xl") == [
        "15 epochs",
        "512",
        "0.001",
        "constant",
        "512",
        "512",
    ]
    assert row(done.out, "transfer:cifar10") == ["10,000 steps", "512", "0.001", "cosine", "384", "384"]
    assert row(done.out, "laptop") == ["20 epochs", "32", "0.002", "held_cosine", "224", "224"]
    assert "…" not in done.out


def test_lists_what_a_filter_keeps(cli):
    out = cli("recipes", "--filter", "V2-XL").out
    assert out.count("efficientnetv2-xl") == 4
    assert "paper" not in out


def test_a_filter_that_keeps_nothing_is_refused(cli):
    done = cli("recipes", "--filter", "v3")
    assert done.code == 2
    assert done.err.startswith("effnetv2: `--filter` must match a name, of paper:efficientnetv2-s, ")


def test_shows_a_recipe_as_the_file_that_train_takes(cli, tmp_path):
    done = cli("recipe", "show", "paper:efficientnetv2-s")
    assert done.code == 0
    assert "#     1   87..174         185          8.3   0.00     0.17" in done.out.splitlines()
    (tmp_path / "s.yaml").write_text(done.out)
    assert load_recipe(tmp_path / "s.yaml") == get_recipe("paper:efficientnetv2-s")


def test_shows_a_recipe_with_settings_changed(cli, tmp_path):
    change = "schedule.image_size=128:224"
    done = cli("recipe", "show", "released:efficientnetv2-s", "--model", "efficientnetv2-m", "--set", change)
    (tmp_path / "m.yaml").write_text(done.out)
    assert load_recipe(tmp_path / "m.yaml") == override(get_recipe("released:efficientnetv2-m"), [change])


def test_what_was_not_published_is_refused(cli):
    done = cli("recipe", "show", "paper:efficientnetv2-b0")
    assert done.code == 2
    assert done.err == (
        "effnetv2: paper has efficientnetv2-s, efficientnetv2-m, efficientnetv2-l. Got: 'efficientnetv2-b0'.\n"
    )


def test_both_verbs_load_no_framework():
    code = (
        "import sys; from effnetv2_keras.cli.main import main\n"
        "for words in (['recipes'], ['recipe', 'show', 'laptop']):\n"
        "    try:\n        main(words)\n    except SystemExit as end:\n        assert not end.code\n"
        "print([m for m in ('tensorflow', 'keras', 'numpy') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
