"""Every number in a marking guide, and every result that a lesson's text names, is worked out here.

It was measured (docs/studies.md), or it is arithmetic; else it is given by the task or cited, and
stands in GIVEN with the reason.
"""

import functools
import re

import numpy as np
import pytest
from seen import LABS, cells_of

from benchmarks.studies import at, read
from tinytorch.networks import (
    HIDDEN,
    RECIPE,
    TUNING,
    DenseMLP,
    load_split,
    sampling_error,
    start,
    train,
)
from tinytorch.plots import percent
from tinytorch.pruning import magnitude_mask
from tinytorch.shipping import FORMATS, ship, storage_bytes
from tinytorch.studies import RECIPES, bandwidth, masked_product
from tito.cells import name_of

IMAGES, DIGITS = 1440, 360  # of the test set
LAB_NETWORKS = 3  # that labs 2 and 3 take, where the record has five


def near(values, digits=0):
    return f"{100 * np.mean(values):.{digits}f}"


def points(a, b, digits=0):
    return f"{100 * np.mean(a - b):.{digits}f}"


def spread(a, b, digits=0):
    return f"{100 * np.mean(a - b):.{digits}f} ± {100 * np.std(a - b, ddof=1):.{digits}f}"


def sampling(accuracy, images):
    return f"{100 * sampling_error(accuracy, images):.1f}"


def gone(share):
    """The share of the weights that goes with so many of each hidden layer's neurons."""
    found = read("neurons")
    return percent(found["weights gone"][found["share"] == share].item())


# Lab 1


def luck_of_the_images():
    """How far the test images alone move an accuracy."""
    dense = read("one_shot")["dense"]
    low, high = (sampling_error(dense.mean(), n) for n in (IMAGES, DIGITS))
    assert np.std(dense, ddof=1) < low
    yield f"sampling error {100 * low:.1f} to {100 * high:.1f}"
    yield "as large as what five trainings of one network differ by, or larger"
    gain = 0.944 - 0.941  # what the friend says
    assert 4 < gain * IMAGES < 5 and gain < low
    yield f"{100 * gain:.1f} points of {IMAGES:,} images are four or five images, fewer than the"


def worked_examples():
    slow, fast = [2, 4, 9], [1, 2, 1]
    mean, means = np.mean(fast), np.mean(slow) / np.mean(fast)
    yield f"a mean would have said {np.mean(slow):.0f} / {mean:.2f} = {means:.2f}"
    two = np.array([0.9, 0.7])
    yield f"is √((0.1² + 0.1²) / (2 - 1)) = {two.std(ddof=1):.3f}. "
    yield f"Dividing by n instead of n - 1 would say {two.std():.1f}"
    a, b = np.array([0.9, 0.8, 0.7]), np.array([0.88, 0.79, 0.67])
    yield f"std (ddof=1) {(a - b).std(ddof=1):.2f}"
    yield f"0.01 / sqrt(3) = {(a - b).std(ddof=1) / 3**0.5:.4f}"
    unpaired = np.sqrt((a.var(ddof=1) + b.var(ddof=1)) / 3)
    yield f"Unpaired one would say 0.02 with a standard error of {unpaired:.3f}, and see nothing"


def sizes():
    weights = [weight.size for weight in start(0).weights()]
    yield f"treats a layer of {min(weights)} weights like one of {max(weights):,}"
    yield f"a forward pass of {len(load_split().x_valid)} images"
    tied = {"ratio": 1, "spread": (1, 1), "baseline_s": 1}
    found = bandwidth(lambda *_: tied)
    rows, size = found["rows"], found["megabytes"] * 1e6 / 2**20
    yield f"one matrix of {size:.0f} MiB, multiplied by {rows[0]} to {rows[-1]} rows"


def zeros():
    tied = {"ratio": 1, "spread": (1, 1)}
    found = masked_product([start(0)], magnitude_mask, lambda *_: tied, (0, 0.9))
    assert np.ptp(found["arrays"]) == np.ptp(found["file"]) == 0
    yield "Arrays and file: as large as before, a zero takes 4 bytes like any value"


def control():
    found = read("one_shot")
    chance, magnitude = found["by chance, as many of each layer"], found["by magnitude"]
    fifty, most, ninety_five = (list(found["sparsity"]).index(s) for s in (0.5, 0.75, 0.95))
    both = near(chance[:, fifty], 1), near(magnitude[:, fifty], 1)
    yield f"chance is at {both[0]} % already at 50 % sparsity, where magnitude has {both[1]} %"
    gains = [points(magnitude[:, each], chance[:, each]) for each in (fifty, most)]
    assert np.argsort((magnitude - chance).mean(axis=0))[-2:].tolist() == [most, fifty]
    yield f"Worth most at 50 and 75 %, {gains[0]} and {gains[1]} points"
    both = near(magnitude[:, ninety_five]), near(chance[:, ninety_five])
    yield f"at 95 % they are at {both[0]} and {both[1]} %, where always saying one digit gets"
    assert np.ptp(chance[:, ninety_five]) == 0


def input_maps():
    found = read("input_maps")
    assert (found["ink"] == 0).any() and (found["kept of never inked"][:, 0] > 0.5).all()
    yield "have no ink in any training image"


def recipes():
    found = read("start_and_optimiser")
    dense, together, alike = (
        {recipe: found[f"{recipe}: {way}"] for recipe in RECIPES}
        for way in ("dense", "all layers together", "each layer alike")
    )
    assert np.ptp([np.mean(each) for each in dense.values()]) < 0.01
    yield "All four read the dense digits alike"
    pairs = ", ".join(f"{near(alike[r], 1)} for {near(together[r], 1)}" for r in RECIPES)
    assert all(alike[recipe].mean() < together[recipe].mean() for recipe in RECIPES)
    yield f"not higher in any recipe ({pairs} %"
    less = spread(together["He, Adam"], alike["He, Adam"])
    yield f"with He and Adam {less} points lower, no more than the spread)"
    assert min(found[f"{recipe}: kept"].min() for recipe in RECIPES) > 0
    yield "no layer is here"
    kept = {recipe: found[f"{recipe}: correlation"].mean(axis=0) for recipe in RECIPES}
    ends = [f"{kept[r].min():.2f} to {kept[r].max():.2f}" for r in ("He, Adam", "Xavier, SGD")]
    yield f"highest ({ends[0]}) where pruning hurts most, lowest ({ends[1]}) where it hurts least"
    between = "Xavier, Adam", "He, SGD"
    assert kept[between[0]].mean() < kept[between[1]].mean()
    yield f"He and SGD keeps {near(together['He, SGD'])} % at a higher correlation than"
    yield f"Xavier and Adam with {near(together['Xavier, Adam'])} %"
    adam = [spread(together[f"{s}, SGD"], together[f"{s}, Adam"]) for s in ("Xavier", "He")]
    yield f"Adam costs {adam[0]} points with Xavier and {adam[1]} with He"
    he = [spread(together[f"Xavier, {o}"], together[f"He, {o}"]) for o in ("Adam", "SGD")]
    yield f"He costs {he[0]} with Adam, but {he[1]} with SGD, which is within the spread"


def rules():
    found, scores = read("allocation"), read("wanda")
    together, scan = at(found, "all layers together", 0.75), at(found, "from the scan", 0.75)
    assert np.mean(scan - together) < np.std(scan - together, ddof=1)
    yield "No gain here, and that is a result too"
    assert (at(scores, "Wanda", 0.75) < at(scores, "by magnitude", 0.75)).all()
    yield "Nor does the size of the inputs help"


def neurons():
    found = read("neurons")
    half, most = gone(0.5), gone(0.75)
    yield f"half the neurons are {half} of the weights"
    yield f"Masks of {most} of the weights, and three quarters of the neurons"
    yield f"which are {most} of the weights too"
    masked, removed = (near(at(found, way, 0.5, "share"), 1) for way in ("masked", "removed"))
    yield f"about {masked} % against {removed} % at {half} of the weights gone"


# Lab 2


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
    yield f"At 90 % no difference (about +{spread(*ways[0], 1)} on five networks)"
    dense = found["dense"].mean()
    yield f"{DIGITS} digits at four places each"
    yield f"about {sampling(dense, IMAGES)} to {sampling(dense, DIGITS)} points"
    yield f"at 95 % about +{spread(*ways[1])}, at 98 % about +{spread(*ways[2])}"


def broken():
    found = read("start_and_optimiser")
    worst, best = (
        [found[f"{recipe}: {way}"] for way in ("each layer alike", "all layers together")]
        for recipe in ("He, Adam", "Xavier, SGD")
    )
    yield f"He and Adam about {near(worst[0])} instead of {near(worst[1])} %"
    yield f"Xavier and SGD about {near(best[0])} instead of {near(best[1])} %"
    refitted = sorted(np.mean(found[f"{recipe}: refitted"]) for recipe in RECIPES)
    yield f"about {near(refitted[0])} to {near(refitted[-1])} % in all four"
    kept = {recipe: found[f"{recipe}: correlation"].mean(axis=0) for recipe in RECIPES}
    low, high = (f"{kept[r].min():.2f} to {kept[r].max():.2f}" for r in ("Xavier, SGD", "He, Adam"))
    yield f"about {high} by layer for He and Adam, {low} for Xavier and SGD"
    two = [near(found[f"{r}: all layers together"]) for r in ("He, SGD", "Xavier, Adam")]
    assert kept["He, SGD"].mean() > kept["Xavier, Adam"].mean() and two[0] > two[1]
    yield f"The two between do not follow it: He and SGD {two[0]} %, Xavier and Adam {two[1]} %"


def ticket():
    found = read("lottery")
    said = {name: near(at(found, name, 0.98)) for name in found if found[name].ndim == 2}
    yield f"Ticket about {said['ticket']} %, new start about {said['new start']} %"
    size, signs = said["new start, ticket's size"], said["new start, ticket's signs"]
    yield f"about {size} % at the ticket's size and about {signs} % with its signs"
    yield f"about {said['same start, shuffled masks']} %, guessing is 10 %"
    yield f"for as long, reach about {said['trained weights, fine-tuned']} %"


def recovered():
    found = read("tuning")
    dense, cut, tuned = found["dense"], at(found, "one-shot", 0.9), at(found, "fine-tuned", 0.9)
    assert 0.3 < cut.mean() < 0.37 and at(found, "one-shot", 0.95).mean() < 0.15
    yield "At 90 % the network you had trained got about a third of the digits right"
    yield "at 95 % it did hardly better than guessing"
    refitted = at(read("refitting"), "refitted", 2, "row")
    assert 0.55 < (dense - cut).mean() < 0.65 and (refitted - cut).mean() > 0.4
    assert (dense - tuned).mean() < 0.05
    yield "At 90 % this network lost about 60 points at one blow"
    taught = read("distillation")
    labels, teacher = (at(taught, f"from the {who}", 0.95) for who in ("labels", "dense network"))
    assert (at(found, "gradual", 0.98) - at(found, "fine-tuned", 0.98)).min() > 0.1
    assert 0 < np.mean(teacher - labels) < 0.03
    yield "Many small cuts help where much is cut, a teacher a little"
    yield f"All have {30 + TUNING} epochs: 30 before the cut and {TUNING} after it"


# Lab 3


def ten_times():
    weight = np.zeros((256, 128), np.float32)
    weight.flat[: round(0.1 * weight.size)] = 1
    dense, csr, csr16, bitmask = (storage_bytes(weight, fmt) for fmt in FORMATS)
    yield f"Density 0.1: CSR 0.1 * 8 / 4 = {percent(0.1 * 8 / 4)} and the"
    yield f"pointers, {dense / csr:.1f}x; csr16 {dense / csr16:.1f}x"
    yield f"bitmask 0.1 + 1/32 = {percent(0.1 + 1 / 32, 1)}, {dense / bitmask:.1f}x"
    density = 0.1 - 1 / 32
    both = percent(density, 1), percent(1 - density, 1)
    yield f"10x needs density 0.1 - 1/32 = {both[0]}, sparsity {both[1]}"
    assert 40 * storage_bytes(0 * weight, "bitmask") > dense
    yield "the mask alone takes 1/32, so no sparsity gives 40x"
    weight = np.zeros((100, 100), np.float32)
    weight[:10] = 1
    dense, csr, csr16, bitmask = (f"{storage_bytes(weight, fmt):,}" for fmt in FORMATS)
    yield f"with 1,000 values left (90 % sparse), {dense} bytes when dense"
    yield f"1,000 * 4 (values) + 1,000 * 4 (columns) + 101 * 4 (pointers) = {csr}"
    yield f"1,000 * 4 + 1,000 * 2 + 101 * 4 = {csr16}"
    yield f"1,000 * 4 + 10,000 / 8 = {bitmask}"


def bits():
    found = read("equal_bytes")
    int8, int4 = (f"{100 * (1 - share):.3g} %" for share in found["sparsity"].mean(axis=0))
    yield f"every weight at 8 bits, or {int8} of them at 32? An eighth: 4 bits, or {int4}"
    five, three = (
        [spread(found["rounded"][:n, bits], found["pruned"][:n, bits], 1) for bits in (0, 1)]
        for n in (len(found["dense"]), LAB_NETWORKS)
    )
    yield f"int8 by about {three[0]} points, at int4 by about {three[1]}"
    yield f"on five networks {five[0]} and {five[1]}"
    assert (found["rounded"][:, 1] > found["pruned"][:, 1]).all()
    yield "At int4 every network says so"
    ahead = found["rounded"][:, 0] > found["pruned"][:, 0]
    assert ahead[:LAB_NETWORKS].all() and ahead.sum() == len(ahead) - 1
    yield "at int8 the three do, but one of five says the opposite"


def shipped():
    data, rng = load_split(), np.random.default_rng(0)
    model = DenseMLP(data.x_train.shape[1], HIDDEN, 10, rng=rng)
    model = train(model, data.x_train, data.y_train, 12, rng=rng, **RECIPE)
    n, rounded = model.count_parameters(), ship(model, data.x_train, data.y_train, 200_000)
    yield f"A trained network of {n:,} parameters takes {4 * n:,} bytes"
    yield f"Rounding alone gives about {round(len(rounded), -3):,} bytes"
    asked = sorted(
        {int(each) for each in re.findall(r"ships\((\d+_000), ", text_of("18c_shipping"))}
    )
    *budgets, most = asked
    assert most == 200_000
    yield f"at most {', '.join(f'{each:,}' for each in reversed(budgets))}. Begin"
    yield f"You have made a file up to {4 * n / budgets[0]:.0f} times smaller"
    yield f"a network in a file up to {4 * n / budgets[0]:.0f} times smaller"
    yield f"With half the neurons {gone(0.5)} of the weights go"


# What comes along


def images():
    yield f"At 94 % that is {sampling(0.94, IMAGES)} points for {IMAGES:,} images"
    yield f"and {sampling(0.94, DIGITS)} for the {DIGITS} digits behind them, more than five"
    assert np.std(read("one_shot")["dense"], ddof=1) < sampling_error(0.94, IMAGES)


def an_image():
    yield f"One test image is {100 / DIGITS:.2f} percentage points of accuracy"


LESSONS = {
    "18_pruning": (
        luck_of_the_images, worked_examples, sizes, zeros, control, input_maps, recipes, rules,
        neurons,
    ),
    "18b_recovery": (chance, gradual, broken, ticket, recovered),
    "18c_shipping": (ten_times, bits, shipped),
    "18_networks": (images,),
    "18_digits": (an_image,),
}  # fmt: skip
GIVEN = {  # what stands in a text and is no result
    "18_pruning": (
        "With 90 % of the weights at zero",  # the question asks about it
        "a ratio whose band holds 1",  # as fast
        "got 94.4 % where the dense one had 94.1 %",  # a friend's words, made up
        "and pruned by 90 %",  # what the experiment does
    ),
    "18b_recovery": (
        '"90 % of each"', "random masks of 90 % in each layer", "To lose 95 % at one blow",
        "Then 90 % is cut", "Plain digits, 98 % gone",  # what the experiments do
        "a network of 2 % of the weights",  # the question asks about it
        "0 times infinity is NaN",
    ),
    "18c_shipping": (
        '"90 % sparse, so a tenth of the memory"', "by pruning 90 % of its weights",
        "At 90 %, which of the three",  # claims of others, and what the questions ask about
        "report 1.3 to 2.4 times on phones",  # Elsen et al. 2019, the abstract
        "A toy machine moves 1,000 bytes",
        "6 points for a network that comes out",
    ),
}  # fmt: skip
MARKS = r"\(\d+ points?\b"
CITED = r"\w+ et al\.,? \(?\d{4}|arXiv:\d{4}\.\d{5}|\b[Ll]ab \d"
NUMBER = r"(?<![\w.])\d(?:[\d.,]*\d)?"
QUESTIONS = [
    pytest.param(lab, " ".join(cell.node.source.split()), id=name_of(cell.node))
    for lab in LABS
    for cell in cells_of(lab)
    if cell.kind == "question"
]


@functools.cache
def text_of(lesson):
    """The lesson as a reader has it: comment signs and line breaks are gone."""
    source = "\n".join(cell.node.source for cell in cells_of(lesson))
    return " ".join(re.sub(r"\n# ?", " ", source).split())


@functools.cache
def worked_out(work_out):
    return [" ".join(claim.split()) for claim in work_out()]


def unknown(lab, text, number):
    """Every such number of a text that is neither worked out, nor given, nor cited."""
    known = [claim for work_out in LESSONS[lab] for claim in worked_out(work_out)]
    for each in sorted([*known, *GIVEN[lab]], key=len, reverse=True):
        text = text.replace(each, "")
    return re.findall(number, re.sub(f"{MARKS}|{CITED}", "", text))


@pytest.mark.parametrize(
    ("lesson", "work_out"),
    [
        pytest.param(lesson, work_out, id=f"{lesson}-{work_out.__name__}")
        for lesson, all_of_it in LESSONS.items()
        for work_out in all_of_it
    ],
)
def test_the_text_says_what_was_measured(lesson, work_out):
    assert [claim for claim in worked_out(work_out) if claim not in text_of(lesson)] == []


@pytest.mark.parametrize(("lab", "guide"), QUESTIONS)
def test_no_number_of_a_guide_is_unknown(lab, guide):
    assert unknown(lab, guide, NUMBER) == []


@pytest.mark.parametrize("lab", LABS)
def test_no_result_in_a_text_is_unknown(lab):
    cells = [cell.node for cell in cells_of(lab) if cell.kind != "question"]
    text = " ".join(" ".join(c.source for c in cells if c.cell_type == "markdown").split())
    assert unknown(lab, text, NUMBER + r" ?(?:%|points?\b|bytes\b|times\b)") == []


@pytest.mark.parametrize("lab", LABS)
def test_what_is_given_stands_in_the_text(lab):
    assert [each for each in GIVEN[lab] if each not in text_of(lab)] == []


@pytest.mark.parametrize("wrong", ["about 41 points", "93.7 %", "2.5 times", "315,680 bytes"])
def test_a_number_that_nobody_measured_is_found(wrong):
    assert unknown("18_pruning", f"Magnitude gains {wrong} (2 points) here.", NUMBER)
