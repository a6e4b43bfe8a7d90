import numpy as np
from glyphs import CLASSES, TEST_FONTS, TRAIN_FONTS, colours, letter, make_glyphs


def test_every_sign_has_one_class():
    signs = "".join(CLASSES)
    assert len(CLASSES) == 49
    assert sorted(signs) == sorted("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")


def test_test_fonts_are_not_trained_on():
    assert (len(TRAIN_FONTS), len(TEST_FONTS)) == (16, 5)
    assert not set(TRAIN_FONTS) & set(TEST_FONTS)


def test_every_class_is_there_as_often_as_the_others():
    images, labels = make_glyphs(98, seed=0)
    assert (images.shape, images.dtype, labels.dtype) == ((98, 96, 96, 3), np.uint8, np.int32)
    assert np.bincount(labels).tolist() == [2] * 49


def test_the_same_seed_draws_the_same_pictures():
    first, again, other = (make_glyphs(5, seed=seed)[0] for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_ink_is_darker_than_paper():
    pairs = [colours(np.random.default_rng(seed)) for seed in range(50)]
    luma = np.array([[0.299, 0.587, 0.114]]).T
    papers, inks = (np.stack(kind) @ luma for kind in zip(*pairs, strict=True))
    assert (papers - inks).min() > 70


def test_a_letter_fills_its_mask_to_the_edges():
    mask = np.asarray(letter("E", ("DejaVuSans",), (60, 60), np.random.default_rng(0)))
    edges = [mask[0], mask[-1], mask[:, 0], mask[:, -1]]
    assert all(edge.any() for edge in edges)
    # DejaVu Sans has capitals of 0.73 em; the letter may be turned by 20 degrees
    assert 40 <= mask.shape[0] <= 58
