import pytest
from paper import table3, table4, table6, table8, table12, table13, v1_scaling
from paper.networks import RESNET_152, V1
from paper.presets import PRESETS
from paper.published import TABLE_8, TABLE_12_SPEED, V1_TABLE_2, V2_TABLE_7
from paper.recipe_run import RecipeRun
from paper.report import facts
from paper.schedules import fixed, progressive, random_resize

from effnetv2_keras.configs.profile import profile
from effnetv2_keras.configs.registry import get_config

COUNTED = {"parameters": 1e6, "macs": 2e6, "hardware": "a CPU", "software": "TensorFlow"}
LAPTOP, PAPER = PRESETS["laptop"], PRESETS["paper"]


def measured(experiment, preset="tiny"):
    return [
        {**cell.work.run(0, None, None), "group": cell.group, "way": cell.way, "seed": 0}
        for cell in experiment.cells(PRESETS[preset])
    ]


def test_published_numbers_are_those_of_the_papers():
    assert V2_TABLE_7["efficientnetv2-s"] == (83.9, 22.0)
    assert V2_TABLE_7["efficientnetv2-m"] == (85.1, 54.0)
    assert V2_TABLE_7["efficientnetv2-l"] == (85.7, 120.0)
    assert V1_TABLE_2["efficientnet-b0"] == (77.1, 5.3, 0.39)
    assert V1_TABLE_2["efficientnet-b7"] == (84.3, 66.0, 37.0)
    assert TABLE_8["efficientnetv2-l"] == ("99.1 ± 0.03", "92.3 ± 0.13", "98.8 ± 0.05", "95.1 ± 0.10")
    assert TABLE_12_SPEED == {"ResNet-50": 1.4, "ResNet-152": 2.1, "EfficientNet-B4": 2.2}


@pytest.mark.parametrize("file", [table4, table6])
def test_tables_of_facts_agree_with_the_paper(file):
    done = measured(file.EXPERIMENT)
    assert file.EXPERIMENT.verdict(done).startswith("Agrees: all")


def test_a_line_that_is_not_as_published_is_counted():
    done = measured(table4.EXPERIMENT)
    done[3]["text"] = done[3]["text"].replace("channels 64", "channels 72")
    assert table4.EXPERIMENT.verdict(done) == "Disagrees: 1 of 8 lines are not as published."


def test_transfer_is_printed_and_not_trained_here():
    line = table8.table(measured(table8.EXPERIMENT))[0]
    assert line["preset"].startswith("10000 steps of 512 images of 384 px, rate 0.001, cosine, weight decay 0")
    assert (line["accuracy here, %"], line["the paper"]) == ("not run here", "98.7 ± 0.04")


def test_fused_placements_are_the_four_rows():
    rows = table3.placements(get_config("efficientnet-b4"))
    fused = {way: [stage.operator for stage in row.stages].count("fused") for way, row in rows.items()}
    assert fused == {"none": 0, "stages 1-3": 3, "stages 1-5": 5, "stages 1-7": 7}
    assert rows["stages 1-3"].stages[0].se == 0.0


def test_resnet_152_has_as_many_blocks_as_published():
    assert [stage.layers for stage in RESNET_152.stages] == [3, 8, 36, 3]
    assert profile(RESNET_152, 224).total.trainable == 60_192_808  # as torchvision has it


def test_every_way_of_scaling_costs_about_as_much():
    networks = v1_scaling.scaled(V1.replace(eval_size=32), LAPTOP)
    macs = {way: profile(network).total.macs for way, network in networks.items()}
    others = [macs[way] / macs["compound"] for way in ("width", "depth", "resolution")]
    assert others == pytest.approx([1.0, 1.0, 1.0], abs=0.15)
    assert macs["compound"] / macs["base"] == pytest.approx(3.0, abs=0.1)
    assert [networks[way].eval_size for way in ("base", "width", "depth", "compound")] == [32, 32, 32, 40]
    assert networks["resolution"].eval_size == 56


def test_the_published_setting_trains_by_a_recipe():
    works = {(cell.group, cell.way): cell.work for cell in table12.cells(PAPER)}
    assert all(isinstance(work, RecipeRun) for work in works.values())
    recipe = works["EfficientNet-B4", "progressive"].recipe
    assert [phase.image_size for phase in recipe.schedule.phases] == [128, 212, 296, 380]
    assert (recipe.schedule.epochs, recipe.batch_size, recipe.optimizer.name) == (350, 4096, "rmsprop_tf")
    assert works["ResNet-50", "fixed"].recipe.eval_size == 224


def test_ways_to_train_differ_in_what_the_table_is_about():
    assert [phase.image_size for phase in progressive(LAPTOP).phases] == [32, 40, 48, 64]
    assert [phase.randaugment for phase in progressive(LAPTOP, strength=1.0).phases] == [3.0] * 4
    assert (fixed(LAPTOP).last_phase.image_size, fixed(LAPTOP).last_phase.randaugment) == (64, 1.75)
    drawn = [phase.image_size for phase in random_resize(LAPTOP).phases]
    assert drawn == [phase.image_size for phase in random_resize(LAPTOP, strength=0.5).phases]
    assert [phase.num_epochs for phase in random_resize(PAPER).phases][:2] == [8, 8]


def trained(group, way, seed, seconds, accuracy):
    cell = {"group": group, "way": way, "seed": seed, "seconds": seconds, "accuracy": accuracy}
    return {**cell, "epochs": 24, "curve": [[seconds, accuracy]], "side": 64, **COUNTED}


def test_a_result_that_contradicts_the_paper_is_said():
    pairs = [
        ("fixed", 0, 30.0, 0.95),
        ("fixed", 1, 30.0, 0.95),
        ("progressive", 0, 20.0, 0.93),
        ("progressive", 1, 20.0, 0.94),
    ]
    said = table12.verdict([trained("ResNet-50", *pair) for pair in pairs])
    assert "ResNet-50 disagrees: 1.50 times faster, accuracy down (-1.50 ± 0.50 points)" in said
    lines = table12.EXPERIMENT.table([trained("ResNet-50", *pair) for pair in pairs])
    assert lines[1]["the paper"] == "1.4 times faster, accuracy up"
    assert (lines[0]["the paper"], lines[0]["n"]) == ("not known", "2")


def test_adaptive_regularisation_is_held_against_both_constants():
    cells = [trained("progressive", way, 0, 20.0, accuracy) for way, accuracy in (
        ("constant, the ramp's end", 0.90), ("constant, its middle", 0.96), ("adaptive", 0.95),
    )]  # fmt: skip
    said = table13.verdict(cells)
    assert "the ramp's end: agrees, -5.00 points against adaptive, within two standard errors or of one seed" in said
    assert "its middle: disagrees, +1.00 points" in said


def test_scaling_names_the_best_single_way():
    cells = [trained("MobileNetV2", way, seed, 10.0, accuracy + seed / 100) for seed in (0, 1) for way, accuracy in (
        ("width", 0.90), ("depth", 0.93), ("resolution", 0.91), ("compound", 0.92),
    )]  # fmt: skip
    assert "MobileNetV2 disagrees (depth alone +1.00 ± 0.00 points)" in v1_scaling.verdict(cells)


def test_headers_say_what_is_missing():
    said = facts(table12.EXPERIMENT, LAPTOP, [trained("ResNet-50", "fixed", 0, 90.0, 0.9)], 5)
    assert said["cells"] == "1, 5 not run yet"
    assert (said["hardware"], said["software"]) == ("a CPU", "TensorFlow")
    assert said["cost"] == "1.5 minutes of CPU, on one thread"
    assert said["command"] == "`python -m benchmarks.paper run table12 --preset laptop`"
