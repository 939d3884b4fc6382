"""Part 3: the paired difference."""

slip(
    "paired_difference",
    "paired_other_way_round",
    "the difference is b - a",
    says="That is b - a",
    old="np.asarray(a, float) - np.asarray(b, float)",
    new="np.asarray(b, float) - np.asarray(a, float)",
)
slip(
    "paired_difference",
    "paired_divides_by_n",
    "the standard deviation divides by n",
    says="use ddof=1",
    old="ddof=1",
    new="ddof=0",
)
slip(
    "paired_difference",
    "paired_variance",
    "the variance in place of its root",
    says="That is the variance",
    old="difference.std(axis=0, ddof=1)",
    new="difference.var(axis=0, ddof=1)",
)
slip(
    "paired_difference",
    "paired_difference_of_deviations",
    "the deviations are subtracted",
    says="That is the difference of two deviations",
    old="difference.std(axis=0, ddof=1)",
    new="np.abs(np.std(a, axis=0, ddof=1) - np.std(b, axis=0, ddof=1))",
)
slip(
    "paired_difference",
    "paired_unpaired",
    "the variances of both add up",
    says="That is unpaired",
    old="difference.std(axis=0, ddof=1)",
    new="np.sqrt(np.var(a, axis=0, ddof=1) + np.var(b, axis=0, ddof=1))",
)
slip(
    "paired_difference",
    "paired_along_columns",
    "the mean goes over the columns",
    says="Go along the seeds",
    old="    std = difference",
    new="    difference = difference.T\n    std = difference",
)
slip(
    "paired_difference",
    "paired_one_number",
    "one number for everything",
    says="One number for each column",
    old="difference.mean(axis=0)",
    new="difference.mean()",
)
slip(
    "paired_difference",
    "paired_without_root",
    "the standard error divides by the number of seeds",
    says="the root of the number of seeds",
    old="np.sqrt(len(difference))",
    new="len(difference)",
)
slip(
    "paired_difference",
    "paired_no_standard_error",
    "the standard error is the standard deviation",
    says="That is the standard deviation",
    old="std / np.sqrt(len(difference))",
    new="std",
)
slip(
    "paired_difference",
    "paired_root_of_columns",
    "the root of the number of columns",
    says="not of columns",
    old="np.sqrt(len(difference))",
    new="np.sqrt(difference.shape[1])",
)
slip(
    "paired_difference",
    "paired_absolute",
    "a loss is as good as a gain",
    says="Take no absolute values",
    old="np.asarray(a, float) - np.asarray(b, float)",
    new="np.abs(np.asarray(a, float) - np.asarray(b, float))",
)
slip(
    "paired_difference",
    "paired_in_points",
    "the difference is in percentage points",
    says="not points",
    old="    std = difference",
    new="    difference = 100 * difference\n    std = difference",
)
slip(
    "paired_difference",
    "paired_returns_lists",
    "a list is as good as an array",
    says="wanted an array",
    old="difference.mean(axis=0)",
    new="difference.mean(axis=0).tolist()",
)
slip(
    "paired_difference",
    "paired_in_place",
    "the result may overwrite a",
    says="changed what it was given",
    old="    difference = np.asarray(a, float) - np.asarray(b, float)",
    new="    difference = a\n    difference -= b",
)


@wrong("paired_difference", "the relative gain", "down the seeds")
def paired_ratio(a, b):
    difference = np.asarray(a) / np.asarray(b) - 1
    std = difference.std(axis=0, ddof=1)
    return {"mean": difference.mean(axis=0), "std": std, "stderr": std / len(a) ** 0.5}


@right("paired_difference")
def paired_by_loops(a, b):
    found = {"stderr": [], "std": [], "mean": []}
    for column in range(a.shape[1]):
        gains = [float(x[column]) - float(y[column]) for x, y in zip(a, b, strict=True)]
        mean = sum(gains) / len(gains)
        std = (sum((gain - mean) ** 2 for gain in gains) / (len(gains) - 1)) ** 0.5
        found["mean"].append(mean)
        found["std"].append(std)
        found["stderr"].append(std / len(gains) ** 0.5)
    return {name: np.array(values) for name, values in found.items()}


@right("paired_difference")
def paired_by_covariance(a, b):
    n, columns = a.shape
    variance = np.empty(columns)
    for column in range(columns):
        c = np.cov(a[:, column], b[:, column])
        variance[column] = max(c[0, 0] + c[1, 1] - 2 * c[0, 1], 0)
    return {
        "mean": a.mean(axis=0) - b.mean(axis=0),
        "std": np.sqrt(variance),
        "stderr": np.sqrt(variance / n),
    }


@right("paired_difference")
def paired_from_sums(a, b):
    import statistics

    rows = np.subtract(a, b).T.tolist()
    std = np.array([statistics.stdev(row) for row in rows])
    mean = np.array([statistics.fmean(row) for row in rows])
    return {"stderr": std * len(a) ** -0.5, "std": std, "mean": mean}
