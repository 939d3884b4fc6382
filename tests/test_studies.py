"""The experiments: they wait for exercises, keep results, answer predictions, and can be drawn."""

import matplotlib
import nbformat
import numpy as np
import pytest
from matplotlib.colors import to_rgb
from nbclient import NotebookClient

matplotlib.use("agg")

from benchmarks import studies as recorded
from tinytorch import plots, pruning, studies
from tinytorch.networks import DenseMLP, start, trained
from tinytorch.plots import LOOKS
from tinytorch.pruning import global_masks, magnitude_mask

ASKED = "masked product at 90 %: times as fast"


def no_clock(baseline, candidate, repeats):
    return {"ratio": 1.25, "spread": (1.0, 1.5)}


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    monkeypatch.setattr(studies, "PREDICTED", {})
    yield
    plots.plt.close("all")


@pytest.fixture
def networks():
    return [start(seed) for seed in range(2)]


def test_an_experiment_waits_for_an_open_exercise(networks, capsys):
    def magnitude_mask(weight, sparsity):
        raise NotImplementedError("magnitude_mask is not written yet")

    found = studies.masked_product(networks, magnitude_mask, no_clock)
    studies.show(found)
    assert found is None
    assert "comes after exercise magnitude_mask" in capsys.readouterr().out


def test_the_measured_value_stands_beside_the_predicted_one(networks, capsys):
    studies.predict(ASKED, 9)
    studies.show(studies.masked_product(networks, magnitude_mask, no_clock, (0.0, 0.9)))
    said = capsys.readouterr().out
    assert f"{ASKED}: you say 9\n" in said
    assert f"{ASKED}: you said 9, measured 1.25 (" in said
    assert "compressed file at 90 %: times smaller: measured" in said


def test_a_value_that_was_not_measured_is_not_given_another_ones(networks):
    asked = "accuracy at 90 % one-shot, by magnitude: %"
    found = studies.one_shot(networks, global_masks, magnitude_mask, (0.5, 0.8))
    assert len(studies.beside_predictions(found)) == 1  # what is asked at 50 %
    studies.predict(asked, 30)
    [said, _] = studies.beside_predictions(found)
    assert said == f"{asked}: you said 30, but by magnitude was not measured at sparsity 0.9"


def test_what_nobody_measures_cannot_be_predicted(capsys):
    studies.predict(ASKED, ...)
    assert "Write a number in place of the three dots" in capsys.readouterr().out
    with pytest.raises(ValueError, match="nothing here measures 'the weather'"):
        studies.predict("the weather", 3)


def test_zeros_leave_the_arrays_as_large_and_a_compressed_file_smaller(networks):
    found = studies.masked_product(networks, magnitude_mask, no_clock, (0.0, 0.9))
    assert (found["arrays"] == 315_688).all()
    packed = found["file, compressed"]
    assert (packed[:, 1] < packed[:, 0] / 5).all()


def test_a_result_is_kept_until_a_function_changes(networks, capsys):
    for _ in range(2):
        studies.input_maps(networks, global_masks)
    assert capsys.readouterr().out.startswith("input_maps: kept from")
    found = studies.input_maps(networks, lambda weights, s: [w == w for w in weights])
    assert (found["kept"] == 1).all() and capsys.readouterr().out == ""


def test_masks_by_lot_keep_as_many_of_each_layer(networks):
    masks = global_masks(networks[0].weights(), 0.8)
    drawn = studies.shuffled(masks, 3)
    assert [keep.sum() for keep in drawn] == [keep.sum() for keep in masks]
    assert all((a != b).any() for a, b in zip(drawn, masks, strict=True))


@pytest.mark.parametrize("sparsity", [0.1, 0.5, 0.9, 0.98])
def test_erk_drops_what_it_should_and_never_more_than_all(sparsity):
    shapes = [(144, 256), (256, 128), (128, 64), (64, 10)]
    sparsities = studies.erk_sparsities(shapes, sparsity)
    sizes = np.array([a * b for a, b in shapes])
    assert np.isclose(sizes @ sparsities / sizes.sum(), sparsity)
    assert min(sparsities) >= 0 and max(sparsities) <= 1
    density = 1 - np.array(sparsities)
    wish = np.array([(a + b) / (a * b) for a, b in shapes])
    assert np.ptp((density / wish)[density < 1]) < 1e-9


def test_lamp_by_hand():
    # squares 1, 4, 9: 1 / 14, 4 / 13, 9 / 9
    assert np.allclose(studies.lamp_scores(np.array([[3.0, -1.0, 2.0]])), [[1, 1 / 14, 4 / 13]])


def test_wanda_without_outliers_is_magnitude_within_an_output(networks):
    found = studies.wanda(networks, global_masks, magnitude_mask, (0.0,))
    assert np.array_equal(found["Wanda"], found["by magnitude"])


def drawn(study):
    return getattr(plots, f"draw_{study}")


def test_every_experiment_can_be_drawn():
    for name in dir(studies):
        if hasattr(getattr(studies, name), "asks"):
            assert callable(drawn(name))


@pytest.mark.parametrize("study", ["allocation", "wanda"])
def test_a_title_says_the_sparsity_that_was_measured(study):
    found = recorded.read(study)
    column = {name: values[..., :1] for name, values in found.items() if name != "sparsity"}
    figure = drawn(study)(column | {"sparsity": found["sparsity"][:1]})
    assert figure.get_suptitle().startswith("50 % one-shot")


@pytest.mark.parametrize("share", [0.25, 0.75])
def test_a_title_says_the_share_of_neurons_that_was_measured(share):
    found = recorded.read("neurons")
    at = list(found["share"]).index(share)
    column = {name: values[..., at : at + 1] for name, values in found.items() if name != "dense"}
    title = plots.draw_neurons(column | {"dense": found["dense"]}).get_suptitle()
    assert title.startswith(f"{100 * share:.0f} % of the neurons")


def test_colours_keep_their_order_in_grey():
    grey = [np.dot(to_rgb(look["color"]), (0.299, 0.587, 0.114)) for look in LOOKS]
    assert grey == sorted(grey) and min(np.diff(grey)) > 0.05


def test_a_notebook_shows_a_figure_with_twice_its_pixels():
    code = (
        "import numpy as np\nfrom tinytorch import plots, studies\n"
        "found = {'sparsity': [0.9], 'by magnitude': [[0.5]], 'Wanda': [[0.4]],\n"
        "         'largest input': [[1.5, 2]]}\n"
        "studies.show(studies.Result('wanda', found))"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    NotebookClient(notebook, kernel_name="python3").execute()
    outputs = notebook.cells[0].outputs
    [shown] = [each.metadata["image/png"] for each in outputs if each.output_type == "display_data"]
    assert shown["width"] == pytest.approx(800, rel=0.1)  # of a figure of 8 inches: 100 dots each


def test_whatever_an_experiment_does_can_be_read(capsys):
    studies.show_source(studies.one_shot)
    assert "def one_shot(" in capsys.readouterr().out


def test_a_refit_of_an_unpruned_network_changes_nothing():
    model, x = DenseMLP(144, (8, 6), 10, rng=0), studies.calibration_images(50)
    taken = []

    def refit(weight, keep, x, target):
        taken.append(np.allclose(x @ weight, target) and keep.all())
        return weight

    again = studies.refit_network(model, model, refit, x)
    assert taken == [True] * 3
    assert all(np.array_equal(a, b) for a, b in zip(model.weights(), again.weights(), strict=True))


def test_a_refit_after_removing_neurons_aims_at_those_that_stay():
    model, x = DenseMLP(144, (8, 6), 10, rng=0), studies.calibration_images(50)
    smaller, kept = studies.remove_weakest(
        model, 0.5, pruning.neuron_scores, pruning.remove_neurons
    )
    assert smaller.hidden_sizes == (4, 3) and [keep.sum() for keep in kept] == [4, 3]
    dense, shapes = model.inputs(x), []

    def refit(weight, keep, x, target):
        shapes.append((x.shape, target.shape))
        index = len(shapes) - 1
        want = dense[index] @ model.layers[index]["weights"]
        assert keep.all() and np.allclose(target, want[:, kept[index]] if index < 2 else want)
        return weight

    studies.refit_network(model, smaller, refit, x, kept)
    assert shapes == [((50, 144), (50, 4)), ((50, 4), (50, 3)), ((50, 3), (50, 10))]


def test_calibration_images_are_of_different_digits_first():
    x = studies.calibration_images(1257)
    assert len({np.sort(image[image > 0]).tobytes() for image in x}) > 1250


# What a machine's clock says.
CLOCKED = {"masked_product", "clock", "bandwidth", "fewer_neurons", "roofline"}


def test_the_page_shows_what_was_measured():
    text = recorded.PAGE.read_text(encoding="utf-8")
    again = recorded.filled(text, "", recorded.summary())
    assert text == again, "docs/studies.md differs; run `python -m benchmarks.studies`"


def test_every_experiment_without_a_clock_is_recorded_and_can_be_drawn():
    names = {path.stem for path in recorded.FOLDER.glob("*.json")}
    known = {name for name in dir(studies) if hasattr(getattr(studies, name), "asks")}
    assert names == set(recorded.experiments()) == known - CLOCKED
    for name in names:
        found = recorded.read(name)
        assert drawn(name)(found).axes
        said = studies.beside_predictions(studies.Result(name, found))
        assert len(said) == len(getattr(studies, name).asks)
        plots.plt.close("all")


def test_what_is_recorded_is_measured_again():
    """One network of five, where sums in another order change it only a little."""
    now = studies.one_shot([trained(0)], global_masks, magnitude_mask, (0.1, 0.3, 0.5, 0.75))
    then = recorded.read("one_shot")
    assert then.keys() == now.keys()
    assert np.allclose(now["by magnitude"], then["by magnitude"][:1, :4], atol=0.03)
