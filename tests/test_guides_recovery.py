"""The numbers in lab 2's text and marking guides are those that were measured (docs/studies.md)."""

import re

import numpy as np
import pytest
from conftest import ROOT

from benchmarks.studies import at, read
from tinytorch.networks import sampling_error

LESSON = (ROOT / "modules" / "18b_recovery.py").read_text(encoding="utf-8")
TEXT = re.sub(r"\s*\n# ?\s*", " ", LESSON)


def near(values):
    return f"{100 * np.mean(values):.0f}"


def points(a, b, digits=0):
    return f"{100 * np.mean(a - b):.{digits}f}"


def spread(a, b, digits=0):
    return f"{100 * np.mean(a - b):.{digits}f} ± {100 * np.std(a - b, ddof=1):.{digits}f}"


def sampling(accuracy, images):
    return f"{100 * sampling_error(accuracy, images):.1f}"


def chance():
    found = read("fair_chance")
    best, fair, alike = (
        found[name][:, 0]
        for name in (
            "by magnitude",
            "by chance, as many of each layer",
            "by chance, each layer alike",
        )
    )
    yield f"about {points(best, fair)} points over it, over the other about {points(best, alike)}"
    yield f"The rest, about {points(fair, alike)} points"
    untuned = at(read("one_shot"), "by chance, as many of each layer", 0.9)
    yield f"({near(untuned)} % at 90 %)"


def gradual():
    found = read("tuning")
    ways = [(at(found, "gradual", s), at(found, "fine-tuned", s)) for s in (0.9, 0.95, 0.98)]
    yield f"(about +{spread(*ways[0], 1)} on five networks)"
    dense = found["dense"].mean()
    yield f"about {sampling(dense, 1440)} to {sampling(dense, 360)} points"
    yield f"at 95 % about +{spread(*ways[1])}, at 98 % about +{spread(*ways[2])}"


def broken():
    found = read("start_and_optimiser")
    worst, best = (
        [found[f"{recipe}: {way}"] for way in ("each layer alike", "all layers together")]
        for recipe in ("He, Adam", "Xavier, SGD")
    )
    yield f"He and Adam about {near(worst[0])} instead of {near(worst[1])} %"
    yield f"Xavier and SGD about {near(best[0])} instead of {near(best[1])} %"
    recipes = ("Xavier, SGD", "Xavier, Adam", "He, SGD", "He, Adam")
    refitted = sorted(np.mean(found[f"{recipe}: refitted"]) for recipe in recipes)
    yield f"about {near(refitted[0])} to {near(refitted[-1])} % in all four"
    kept = [found[f"{recipe}: correlation"].mean(axis=0) for recipe in ("He, Adam", "Xavier, SGD")]
    yield f"about {kept[0].min():.2f} to {kept[0].max():.2f} by layer for He and Adam"
    yield f"{kept[1].min():.2f} to {kept[1].max():.2f} for Xavier and SGD"


def ticket():
    found = read("lottery")
    said = {name: near(at(found, name, 0.98)) for name in found if found[name].ndim == 2}
    yield f"Ticket about {said['ticket']} %, new start about {said['new start']} %"
    size, signs = said["new start, ticket's size"], said["new start, ticket's signs"]
    yield f"about {size} % at the ticket's size and about {signs} % with its signs"
    yield f"about {said['same start, shuffled masks']} %, guessing is 10 %"
    yield f"for as long, reach about {said['trained weights, fine-tuned']} %"


def text():
    found = read("tuning")
    dense, cut, tuned = found["dense"], at(found, "one-shot", 0.9), at(found, "fine-tuned", 0.9)
    assert 0.3 < cut.mean() < 0.37 and at(found, "one-shot", 0.95).mean() < 0.15
    yield "got about a third of the digits right"
    refitted = at(read("refitting"), "refitted", 2, "row")
    assert 0.55 < (dense - cut).mean() < 0.65 and (refitted - cut).mean() > 0.4
    assert (dense - tuned).mean() < 0.05
    yield "lost about 60 points at one blow"


CLAIMS = [
    pytest.param(claim, id=f"{part.__name__}: {claim[:30]}")
    for part in (chance, gradual, broken, ticket, text)
    for claim in part()
]


@pytest.mark.parametrize("claim", CLAIMS)
def test_the_number_is_the_measured_one(claim):
    assert claim in TEXT
