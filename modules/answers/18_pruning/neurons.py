"""Part 8: removing neurons."""

# --- neuron_scores -----------------------------------------------------------------------------

slip(
    "neuron_scores",
    "scores_of_rows",
    "a neuron is a row",
    says=r"\(axis 0\)",
    old="axis=0",
    new="axis=1",
)
slip(
    "neuron_scores",
    "scores_of_rows_when_square",
    "a neuron is a row, where the shapes do not tell",
    says="a neuron is a column",
    old="axis=0",
    new="axis=int(weight.shape[0] == weight.shape[1])",
)
slip(
    "neuron_scores",
    "scores_l1",
    "L1 instead of L2",
    says="L1 norm",
    old="np.sqrt((wide**2).sum(axis=0))",
    new="np.abs(weight).sum(axis=0)",
)
slip(
    "neuron_scores",
    "scores_squared",
    "the root is forgotten",
    says="take the root",
    old="np.sqrt((wide**2).sum(axis=0))",
    new="(wide**2).sum(axis=0)",
)
slip(
    "neuron_scores",
    "scores_summed",
    "positive and negative weights cancel",
    says="square before you add",
    old="np.sqrt((wide**2).sum(axis=0))",
    new="weight.sum(axis=0)",
)
slip(
    "neuron_scores",
    "scores_mean_square",
    "the mean in place of the sum",
    says="root of the sum",
    old=".sum(axis=0)",
    new=".mean(axis=0)",
)
slip(
    "neuron_scores",
    "scores_whole_matrix",
    "the norm of the whole matrix",
    says=r"shape \(2,\)",
    old=".sum(axis=0)",
    new=".sum()",
)


@wrong("neuron_scores", "the weight is squared in place", "changed what it was given")
def scores_square_in_place(weight):
    weight *= weight
    return np.sqrt(weight.sum(axis=0))


@right("neuron_scores")
def scores_by_linalg(weight):
    return np.linalg.norm(weight, axis=0)


@right("neuron_scores")
def scores_by_loops(weight):
    scores = []
    for j in range(weight.shape[1]):
        total = 0.0
        for i in range(weight.shape[0]):
            total += float(weight[i, j]) ** 2
        scores.append(total**0.5)
    return np.array(scores)


# --- remove_neurons ----------------------------------------------------------------------------

slip(
    "remove_neurons",
    "remove_forgets_next_rows",
    "the next layer stays as it is",
    says="next layer's rows",
    old='following["weights"][keep, :]',
    new='following["weights"]',
)
slip(
    "remove_neurons",
    "remove_forgets_bias",
    "the bias stays",
    says="entries of b1",
    old='this["bias"][keep]',
    new='this["bias"]',
)
slip(
    "remove_neurons",
    "remove_loses_activation",
    "every network uses ReLU",
    says="keep the activation",
    old="model.activation)",
    new='"relu")',
)
slip(
    "remove_neurons",
    "remove_the_kept",
    "True means removed",
    says="neuron stays",
    old="    layers = list(model.layers)\n",
    new="    layers = list(model.layers)\n    keep = ~keep\n",
)
slip(
    "remove_neurons",
    "remove_from_first_layer",
    "the first hidden layer is meant",
    says="for this `layer`",
    old="    layers = list(model.layers)\n",
    new="    layers = list(model.layers)\n    layer = 0\n",
)
slip(
    "remove_neurons",
    "remove_rows_not_columns",
    "a neuron is a row of its own layer",
    says="do not fit|fails",
    old='this["weights"][:, keep]',
    new='this["weights"][keep[: len(this["weights"])], :]',
)


@wrong("remove_neurons", "setting to zero removes", "not set to zero")
def remove_by_zeroing(model, layer, keep):
    smaller = model.copy()
    smaller.layers[layer]["weights"][:, ~keep] = 0
    smaller.layers[layer]["bias"][~keep] = 0
    smaller.layers[layer + 1]["weights"][~keep] = 0
    return smaller


@wrong("remove_neurons", "the model itself is shrunk", "changed what it was given")
def remove_in_place(model, layer, keep):
    this, following = model.layers[layer], model.layers[layer + 1]
    this["weights"], this["bias"] = this["weights"][:, keep], this["bias"][keep]
    following["weights"] = following["weights"][keep]
    model.hidden_sizes = tuple(each["bias"].size for each in model.layers[:-1])
    return model


@wrong("remove_neurons", "hidden_sizes looks after itself", "hidden_sizes")
def remove_forgets_hidden_sizes(model, layer, keep):
    smaller = model.copy()
    smaller.layers[layer]["weights"] = smaller.layers[layer]["weights"][:, keep]
    smaller.layers[layer]["bias"] = smaller.layers[layer]["bias"][keep]
    smaller.layers[layer + 1]["weights"] = smaller.layers[layer + 1]["weights"][keep]
    return smaller


@wrong("remove_neurons", "a list of layers can be shared", "a view, not a copy")
def remove_shares_arrays(model, layer, keep):
    sizes = list(model.hidden_sizes)
    sizes[layer] = int(keep.sum())
    smaller = DenseMLP(model.input_size, sizes, model.output_size, model.activation)
    smaller.layers = [dict(each) for each in model.layers]
    smaller.layers[layer]["weights"] = model.layers[layer]["weights"][:, keep]
    smaller.layers[layer]["bias"] = model.layers[layer]["bias"][keep]
    smaller.layers[layer + 1]["weights"] = model.layers[layer + 1]["weights"][keep]
    return smaller


@wrong("remove_neurons", "the layers are returned, not a network", "Return a DenseMLP")
def remove_returns_layers(model, layer, keep):
    layers = model.copy().layers
    layers[layer]["weights"] = layers[layer]["weights"][:, keep]
    layers[layer]["bias"] = layers[layer]["bias"][keep]
    layers[layer + 1]["weights"] = layers[layer + 1]["weights"][keep]
    return layers


@right("remove_neurons")
def remove_by_filling_a_new_network(model, layer, keep):
    sizes = list(model.hidden_sizes)
    sizes[layer] = np.count_nonzero(keep)
    smaller = DenseMLP(model.input_size, sizes, model.output_size, model.activation)
    for index, old in enumerate(model.layers):
        columns = keep if index == layer else slice(None)
        rows = keep if index == layer + 1 else slice(None)
        smaller.layers[index]["weights"] = old["weights"][rows][:, columns].copy()
        smaller.layers[index]["bias"] = old["bias"][columns].copy()
    return smaller


@right("remove_neurons")
def remove_by_np_delete(model, layer, keep):
    gone = np.flatnonzero(~keep)
    smaller = model.copy()
    this, following = smaller.layers[layer], smaller.layers[layer + 1]
    this["weights"] = np.delete(this["weights"], gone, axis=1)
    this["bias"] = np.delete(this["bias"], gone)
    following["weights"] = np.delete(following["weights"], gone, axis=0)
    smaller.hidden_sizes = [each["bias"].size for each in smaller.layers[:-1]]
    return smaller


slip(
    "neuron_scores",
    "scores_keep_dimensions",
    "a row of scores is a matrix",
    says="no keepdims",
    old=".sum(axis=0)",
    new=".sum(axis=0, keepdims=True)",
)
slip(
    "remove_neurons",
    "remove_returns_nothing",
    "the result is computed and not returned",
    says="is its `return` missing",
    old="return DenseMLP",
    new="smaller = DenseMLP",
)
