"""Run every experiment of the labs with the reference and record what it found.

    python -m benchmarks.studies            all of them; fills in docs/studies.md
    python -m benchmarks.studies lottery    one again, the others as they were

What a student reads is checked against these numbers. The two experiments of the clock are left
out. Sums in another order (another processor, more threads) train networks as other seeds do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.machine import processor
from benchmarks.tables import RESULTS, ROOT, filled
from tinytorch.networks import sampling_error
from tinytorch.plots import break_even, percent, say, say_paired

FOLDER = RESULTS / "studies"
PAGE = ROOT / "docs" / "studies.md"
Row = tuple[str, str, str]
Found = dict[str, Any]  # an array by its name


def experiments() -> dict[str, Callable[[], Any]]:
    """Each experiment with the functions of the reference, by name."""
    from tinytorch import networks as nets
    from tinytorch import pruning as p
    from tinytorch import recovery as r
    from tinytorch import shipping as ship
    from tinytorch import studies

    def shifted() -> list[nets.DenseMLP]:
        return nets.load_networks()

    masks = (p.global_masks, p.magnitude_mask)
    gradual = (p.global_masks, r.masked_sgd_step, r.cubic_sparsity, r.prune_gradually)
    neurons = (p.neuron_scores, p.remove_neurons)
    scan = (p.sensitivity_scan, p.allocate)
    return {
        "input_maps": lambda: studies.input_maps(shifted(), p.global_masks),
        "one_shot": lambda: studies.one_shot(shifted(), *masks),
        "start_and_optimiser": lambda: studies.start_and_optimiser(*masks, r.refit),
        "scan_layers": lambda: studies.scan_layers(shifted(), p.sensitivity_scan),
        "allocation": lambda: studies.allocation(shifted(), *masks, *scan),
        "sweet_spot": lambda: studies.sweet_spot(shifted(), p.global_masks, p.sweep),
        "wanda": lambda: studies.wanda(shifted(), *masks),
        "tuning": lambda: studies.tuning(shifted(), *gradual),
        "fair_chance": lambda: studies.fair_chance(shifted(), *masks, r.masked_sgd_step),
        "on_the_way": lambda: studies.on_the_way(shifted(), *gradual[1:]),
        "refitting": lambda: studies.refitting(
            shifted(), p.global_masks, r.nm_mask, *neurons, r.refit
        ),
        "calibration": lambda: studies.calibration(shifted(), p.global_masks, r.refit),
        "neurons": lambda: studies.neurons(shifted(), *gradual[:2], *neurons),
        "lottery": lambda: studies.lottery(
            nets.load_networks(shifted=False), *gradual[:2], r.rewind
        ),
        "when_to_prune": lambda: studies.when_to_prune(shifted(), *masks, r.masked_sgd_step),
        "distillation": lambda: studies.distillation(shifted(), *gradual[:2], r.soft_targets),
        "conv_rival": lambda: studies.conv_rival(
            shifted(), nets.load_conv_networks(), p.global_masks, p.neuron_scores
        ),
        "formats": lambda: studies.formats(shifted(), p.global_masks, ship.storage_bytes),
        "equal_bytes": lambda: studies.equal_bytes(
            shifted(), *gradual, ship.storage_bytes, ship.quantize_int8, ship.dequantize_int8
        ),
    }


def measure(name: str) -> None:
    """Run one experiment and record its result, an array a line."""
    found = experiments()[name]()
    made_on = {"processor": processor(), "numpy": np.__version__}
    lines = [f"  {json.dumps(key)}: {json.dumps(_plain(value))}" for key, value in found.items()]
    head = f'{{\n "study": {json.dumps(name)},\n "machine": {json.dumps(made_on)},\n "found": {{\n'
    FOLDER.mkdir(parents=True, exist_ok=True)
    text = head + ",\n".join(lines) + "\n }\n}\n"
    (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")


def _plain(value: Any) -> Any:
    return np.round(value, 6).tolist() if value.dtype.kind == "f" else value.tolist()


def read(name: str) -> Found:
    """What was found last, as the experiment returned it."""
    result = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return {key: np.array(value) for key, value in result["found"].items()}


def at(found: Found, name: str, value: float, by: str = "sparsity") -> Any:
    """One column of a result: accuracies (networks,)."""
    return found[name][:, int(np.argmin(np.abs(found[by] - value)))]


def rows() -> list[tuple[str, str, str]]:
    """Every claim of the labs: what, measured, by which experiment."""
    return [row for claim in CLAIMS for row in claim()]


def _starts() -> Iterator[Row]:
    found, name = read("start_and_optimiser"), "start_and_optimiser"
    for recipe in ("Xavier, SGD", "Xavier, Adam", "He, SGD", "He, Adam"):
        ways = ("all layers together", "each layer alike", "refitted")
        said = " / ".join(say(found[f"{recipe}: {way}"]) for way in ways)
        yield f"90 % one-shot, {recipe}: together / alike / refitted", said, name
        kept, moved = (found[f"{recipe}: {what}"].mean(axis=0) for what in ("correlation", "moved"))
        said = f"{kept.min():.2f} to {kept.max():.2f}; {moved.min():.2f} to {moved.max():.2f}"
        yield (
            f"{recipe}: correlation of size with start, by layer; rms move / rms start",
            said,
            name,
        )


def _lottery() -> Iterator[Row]:
    found = read("lottery")
    for key in found:
        if key not in ("sparsity", "dense"):
            yield f"98 %, plain digits: {key}", say(at(found, key, 0.98)), "lottery"


def _tuning() -> Iterator[Row]:
    found = read("tuning")
    for column, sparsity in enumerate(found["sparsity"]):
        ways = ("one-shot", "fine-tuned", "gradual", "by chance, fine-tuned")
        said = " / ".join(say(found[way][:, column]) for way in ways)
        yield f"{percent(sparsity)}: {' / '.join(ways)}", said, "tuning"
        said = say_paired(found["gradual"][:, column], found["fine-tuned"][:, column])
        yield f"{percent(sparsity)}: points that gradual is ahead of one cut, tuned", said, "tuning"
    for way in ("fine-tuned", "gradual"):
        far = [
            reach(found["sparsity"], each, dense)
            for each, dense in zip(found[way], found["dense"], strict=True)
        ]
        said = f"about {np.mean(far):.1f}x ± {np.std(far, ddof=1):.1f}"
        yield f"within 2 points of dense, {way}: compression, network by network", said, "tuning"
    found = read("fair_chance")
    for way in ("by magnitude", "by chance, as many of each layer", "by chance, each layer alike"):
        yield f"90 %, tuned: {way}", say(at(found, way, 0.9)), "fair_chance"


def reach(sparsities: Any, accuracies: Any, dense: float) -> float:
    """The compression at which accuracy falls 2 points below dense, between points by a line."""
    ratios = 1 / (1 - sparsities)
    found = break_even(np.log(ratios), accuracies, dense - 0.02)
    return float(ratios[-1] if found is None else np.exp(found))


def _masks() -> Iterator[Row]:
    found = read("one_shot")
    yield "shifted digits, dense", say(found["dense"]), "one_shot"
    right, digits = float(found["dense"].mean()), 360
    low, high = (100 * sampling_error(right, n) for n in (4 * digits, digits))
    error = f"{low:.1f} to {high:.1f} points"
    yield "the same: sampling error of 1,440 images, of 360 digits", error, "one_shot"
    for sparsity in (0.5, 0.75, 0.9):
        said = " / ".join(say(at(found, way, sparsity)) for way in ONE_SHOT)
        yield f"{percent(sparsity)} one-shot: {' / '.join(ONE_SHOT)}", said, "one_shot"
    found = read("sweet_spot")
    spot = float(found["sweet spot"])
    place = list(found["sparsity"]).index(spot)
    lost = 100 * (found["test"][0, 0] - found["test"][place, 0])
    said = f"{percent(spot)}, {lost:.1f} points"
    yield (
        "one-shot within 2 points on validation images: weights gone, lost on test",
        said,
        "sweet_spot",
    )
    found = read("input_maps")
    for sparsity in (0.3, 0.5, 0.8):
        said = percent(at(found, "kept of never inked", sparsity).mean())
        yield (
            f"{percent(sparsity)}: connections of never-inked pixels that are kept",
            said,
            "input_maps",
        )
    found = read("allocation")
    for way in ("all layers together", "each layer alike", "from the scan", "ERK", "LAMP"):
        yield f"75 % one-shot, allocation: {way}", say(at(found, way, 0.75)), "allocation"
    found = read("wanda")
    yield "75 % one-shot by Wanda's scores", say(at(found, "Wanda", 0.75)), "wanda"


def _refits() -> Iterator[Row]:
    found = read("refitting")
    for row, name in enumerate(found["name"]):
        said = f"{say(found['as cut'][:, row])} / {say(found['refitted'][:, row])}"
        what = (
            f"{name}{'' if name == '2:4' else ' gone'}: as cut / refitted on 360 images, no labels"
        )
        yield what, said, "refitting"
    found = read("calibration")
    for column, n in enumerate(found["images"]):
        yield f"90 % refitted on {n:,} images", say(found["refitted"][:, column]), "calibration"


def _others() -> Iterator[Row]:
    found = read("neurons")
    for column, share in enumerate(found["share"]):
        ways = ("removed", "masked", "removed, tuned", "masked, tuned", "small dense")
        said = " / ".join(say(found[way][:, column]) for way in ways)
        gone = percent(found["weights gone"][column])
        yield (
            f"{percent(share)} of the neurons, {gone} of the weights: {' / '.join(ways)}",
            said,
            "neurons",
        )
    found = read("when_to_prune")
    for way in ("after training", "SNIP", "SynFlow", "by chance (ERK)"):
        yield f"90 %, 39 epochs: {way}", say(at(found, way, 0.9)), "when_to_prune"
    found = read("distillation")
    for column, sparsity in enumerate(found["sparsity"]):
        both = [found[way][:, column] for way in ("from the labels", "from the dense network")]
        said = f"{say(both[0])} / {say(both[1])}, {say_paired(both[1], both[0])}"
        yield (
            f"{percent(sparsity)}: labels / dense network as teacher, points",
            said,
            "distillation",
        )
    found = read("equal_bytes")
    for column, bits in enumerate(found["bits"]):
        said = f"{say(found['rounded'][:, column])} / {say(found['pruned'][:, column])}"
        sizes = [found[f"{way} bytes"][:, column].mean() for way in ("rounded", "pruned")]
        said += f", {sizes[0]:,.0f} / {sizes[1]:,.0f} bytes"
        yield f"int{bits} / pruned gradually to at most as many bytes", said, "equal_bytes"
    found = read("conv_rival")
    what = f"a convolution of {found['parameters'][1]:,} parameters, nothing pruned"
    yield what, say(found["dense convolution"]), "conv_rival"
    for share in (0.25, 0.5):
        cuts = ("weights masked", "filters removed")
        said = " / ".join(say(at(found, way, share, "share")) for way in cuts)
        yield f"the same, {percent(share)} of: {' / '.join(cuts)}", said, "conv_rival"


ONE_SHOT = ("by magnitude", "each layer alike", "by chance, as many of each layer")
CLAIMS = (_masks, _starts, _tuning, _refits, _others, _lottery)


def summary() -> list[str]:
    """The table of docs/studies.md."""
    lines = ["| what | measured | experiment |", "|---|---|---|"]
    return lines + [f"| {what} | {said} | `{name}` |" for what, said, name in rows()]


def one_thread() -> None:
    """Start this program again with one thread for each product, unless it was started so."""
    limits = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    if not limits.items() <= os.environ.items():
        command = [sys.executable, "-m", "benchmarks.studies", *sys.argv[1:]]
        raise SystemExit(subprocess.run(command, env={**os.environ, **limits}).returncode)


def main() -> None:
    one_thread()
    names = sys.argv[1:] or list(experiments())
    for name in names:
        print(name, file=sys.stderr)
        measure(name)
    if not set(experiments()) - {path.stem for path in FOLDER.glob("*.json")}:
        text = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(filled(text, "", summary()), encoding="utf-8")


if __name__ == "__main__":
    main()
