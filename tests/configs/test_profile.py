import pytest

from effnetv2_keras.configs import ModelConfig, Stage, get_config, profile
from effnetv2_keras.errors import UsageError

# Source: facts 1.1; totals also stand in google/automl's effnetv2_model_test.py.
# fmt: off
PARAMETERS = {
    #  name                  total        trainable
    "efficientnetv2-b0": (  7_200_312,   7_139_704),
    "efficientnetv2-b1": (  8_212_124,   8_141_052),
    "efficientnetv2-b2": ( 10_178_374,  10_096_086),
    "efficientnetv2-b3": ( 14_467_622,  14_358_406),
    "efficientnetv2-s":  ( 21_612_360,  21_458_488),
    "efficientnetv2-m":  ( 54_431_388,  54_139_356),
    "efficientnetv2-l":  (119_027_848, 118_515_272),
    "efficientnetv2-xl": (208_896_832, 208_119_808),
    "efficientnet-b0":   (  5_330_564,   5_288_548),
    "efficientnet-b1":   (  7_856_232,   7_794_184),
    "efficientnet-b2":   (  9_177_562,   9_109_994),
    "efficientnet-b3":   ( 12_320_528,  12_233_232),
    "efficientnet-b4":   ( 19_466_816,  19_341_616),
    "efficientnet-b5":   ( 30_562_520,  30_389_784),
    "efficientnet-b6":   ( 43_265_136,  43_040_704),
    "efficientnet-b7":   ( 66_658_680,  66_347_960),
    "efficientnet-b8":   ( 87_793_174,  87_413_142),
    "efficientnet-l2":   (481_399_996, 480_309_308),
}

GMACS = [
    #  name                px   printed
    ("efficientnetv2-b0", 192,   ".528"), ("efficientnetv2-b0", 224,   ".718"),
    ("efficientnetv2-b1", 192,   ".747"), ("efficientnetv2-b1", 240,  "1.197"),
    ("efficientnetv2-b2", 208,  "1.043"), ("efficientnetv2-b2", 260,  "1.698"),
    ("efficientnetv2-b3", 240,  "1.908"), ("efficientnetv2-b3", 300,  "3.011"),
    ("efficientnetv2-s",  128,    ".93"), ("efficientnetv2-s",  171,   "1.80"), ("efficientnetv2-s",  214,  "2.74"),
    ("efficientnetv2-s",  257,   "4.12"), ("efficientnetv2-s",  300,   "5.31"), ("efficientnetv2-s",  384, "8.366"),
    ("efficientnetv2-m",  192,   "3.94"), ("efficientnetv2-m",  256,   "7.00"), ("efficientnetv2-m",  320, "10.93"),
    ("efficientnetv2-m",  384,  "15.74"), ("efficientnetv2-m",  480, "24.582"),
    ("efficientnetv2-l",  192,   "8.99"), ("efficientnetv2-l",  256,  "15.97"), ("efficientnetv2-l",  320, "24.94"),
    ("efficientnetv2-l",  384,  "35.90"), ("efficientnetv2-l",  480, "56.080"),
    ("efficientnetv2-xl", 384,  "52.53"), ("efficientnetv2-xl", 512, "93.353"),
    ("efficientnet-b0",   224,   ".386"), ("efficientnet-b1",   240,   ".687"), ("efficientnet-b2",   260,  ".994"),
    ("efficientnet-b3",   300,  "1.827"), ("efficientnet-b4",   380,  "4.394"), ("efficientnet-b5",   456, "10.27"),
    ("efficientnet-b6",   528,  "19.07"), ("efficientnet-b7",   600,  "37.75"), ("efficientnet-b8",   672, "62.60"),
    ("efficientnet-l2",   800, "475.70"),
]

S_AT_300 = """\
stage  operator                        output  parameters      %  MACs (M)      %  activations (M)      %
    0  Conv, k3x3              150 x 150 x 24         744    0.0      14.6    0.3             0.54    2.4
    1  Fused-MBConv1, k3x3     150 x 150 x 24      10,560    0.0     233.3    4.4             1.08    4.8
    2  Fused-MBConv4, k3x3       75 x 75 x 48     305,280    1.4   1,697.8   32.0             4.86   21.4
    3  Fused-MBConv4, k3x3       38 x 38 x 64     591,616    2.7     847.3   16.0             1.76    7.7
    4  MBConv4, k3x3, SE0.25    19 x 19 x 128     930,480    4.3     281.4    5.3             2.59   11.4
    5  MBConv6, k3x3, SE0.25    19 x 19 x 160   3,500,512   16.2     995.2   18.7             6.63   29.2
    6  MBConv6, k3x3, SE0.25    10 x 10 x 256  14,659,368   67.8   1,204.1   22.7             5.15   22.7
    7  Conv1x1 & Pooling & FC            1000   1,613,800    7.5      34.0    0.6             0.13    0.6
       total                                   21,612,360  100.0   5,307.6  100.0            22.73  100.0"""
# fmt: on


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_are_the_published_ones(name):
    total = profile(name).total
    assert (total.parameters, total.trainable) == PARAMETERS[name]


@pytest.mark.parametrize(("name", "image_size", "printed"), GMACS)
def test_multiply_adds_are_the_published_ones_to_the_printed_digit(name, image_size, printed):
    digits = len(printed.partition(".")[2])
    gmacs = f"{profile(name, image_size).total.macs / 1e9:.{digits}f}"
    assert gmacs.removeprefix("0") == printed


def test_profile_prints_a_line_a_stage():
    assert str(profile("efficientnetv2-s", 300)) == S_AT_300


def test_height_and_width_may_differ():
    found = profile("efficientnetv2-b0", (97, 133))
    assert found.image_size == (97, 133)
    assert found.stages[0].output == (49, 67, 32)


def test_torch_padding_gives_other_sides_where_the_kernel_is_one():
    rows = (Stage("bottleneck", 3, 2, 0.25, 32, 1),)
    config = ModelConfig("tiny", rows, stem=8, head=None, padding="torch", stem_kernel=7)
    assert profile(config, 33).stages[1].output == (9, 9, 32)


def test_no_classes_count_no_classifier():
    with_head, without = profile("efficientnetv2-b0").total, profile("efficientnetv2-b0", num_classes=0).total
    assert with_head.parameters - without.parameters == 1_281_000


def test_image_size_defaults_to_the_evaluation_size():
    assert profile("efficientnetv2-s").image_size == (384, 384)


@pytest.mark.parametrize("size", [31, 0])
def test_an_image_below_32_px_is_refused(size):
    with pytest.raises(UsageError, match=rf"`image_size` must be a whole number of at least 32\. Got: {size}\."):
        profile("efficientnetv2-s", size)


def test_a_user_config_takes_the_same_door():
    assert profile(get_config("efficientnet-b0").replace(name="mine"), 224).total.parameters == 5_330_564
