"""How often each class was shown, answered, and both; and what was taken for what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class ClassCount:
    """One class over all images.

    Attributes:
        shown: images that show it.
        given: images that it was an answer for.
        found: images of both kinds.
    """

    shown: int = 0
    given: int = 0
    found: int = 0

    @property
    def precision(self) -> float | None:
        """Share of its answers that are right; None where it was never an answer."""
        return self.found / self.given if self.given else None

    @property
    def recall(self) -> float | None:
        """Share of its images that were found; None where there is none."""
        return self.found / self.shown if self.shown else None

    @property
    def f1(self) -> float | None:
        """Harmonic mean of both, 2 found / (shown + given); None where there is neither."""
        return 2 * self.found / (self.shown + self.given) if self.shown + self.given else None


@dataclass(slots=True)
class ClassCounts:
    """Counts that grow image by image, and need no room for what nobody confuses.

    Of an image that shows M classes the best M count as answers: with one class an image, the best one. Every class
    that was missed is paired with every one that was answered in its place.

    Attributes:
        classes: by name, in the order of the label numbers.
        confused: how often (shown, answered instead) came up.
        num_images: images counted.
    """

    classes: dict[str, ClassCount]
    confused: Counter[tuple[str, str]] = field(default_factory=Counter)
    num_images: int = 0

    @classmethod
    def of(cls, names: Sequence[str]) -> ClassCounts:
        """Returns counts of nothing yet."""
        return cls({name: ClassCount() for name in names})

    def add(self, shown: Sequence[str], best: Sequence[str]) -> None:
        """Counts an image.

        Args:
            shown: names of the M classes that it shows.
            best: names of answers, best first; the first M count.
        """
        answered = list(best[: len(shown)])
        self.num_images += 1
        for name in shown:
            self.classes[name].shown += 1
            self.classes[name].found += name in answered
        for name in answered:
            self.classes[name].given += 1
        wrong = [name for name in answered if name not in shown]
        missed = [name for name in shown if name not in answered]
        self.confused.update((truth, answer) for truth in missed for answer in wrong)

    @property
    def mean_recall(self) -> float:
        """The mean of the classes' recalls, of those that are present: each class counts as much as any other."""
        shares = [one.recall for one in self.classes.values() if one.recall is not None]
        return sum(shares) / max(len(shares), 1)
