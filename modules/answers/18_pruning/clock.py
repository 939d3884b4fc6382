"""Part 2: a fair clock."""

# --- time_ratio --------------------------------------------------------------------------------

slip(
    "time_ratio",
    "time_by_mean",
    "the mean is as good as the median",
    says="Those are the means",
    old="np.median(seconds, axis=0)",
    new="np.mean(seconds, axis=0)",
)
slip(
    "time_ratio",
    "time_by_minimum",
    "the fastest call is the true one",
    says="the fastest calls",
    old="np.median(seconds, axis=0)",
    new="np.min(seconds, axis=0)",
)
slip(
    "time_ratio",
    "time_without_warm_up",
    "the first call is like the others",
    says="for warming up",
    old="    baseline()\n    candidate()\n",
    new="",
)
slip(
    "time_ratio",
    "time_one_after_the_other",
    "first all of one, then all of the other",
    says="take turns|taking turns",
    old=(
        "    for turn in range(repeats):\n"
        "        for column, run in enumerate((baseline, candidate)):\n"
    ),
    new=(
        "    for column, run in enumerate((baseline, candidate)):\n"
        "        for turn in range(repeats):\n"
    ),
)
slip(
    "time_ratio",
    "time_upside_down",
    "the ratio is candidate over baseline",
    says="upside down",
    old="float(baseline_s / candidate_s)",
    new="float(candidate_s / baseline_s)",
)
slip(
    "time_ratio",
    "time_median_of_ratios",
    "the median of the ratios",
    says="median of the ratios",
    old="float(baseline_s / candidate_s)",
    new="float(np.median(seconds[:, 0] / seconds[:, 1]))",
)
slip(
    "time_ratio",
    "time_spread_is_range",
    "the spread is minimum and maximum",
    says="10th and 90th percentile",
    old="[10, 90]",
    new="[0, 100]",
)
slip(
    "time_ratio",
    "time_counts_warm_up",
    "the warm-up is timed too",
    says="The warm-up is counted|for warming up",
    old=(
        "    baseline()\n"
        "    candidate()\n"
        "    seconds = np.zeros((repeats, 2))\n"
        "    for turn in range(repeats):"
    ),
    new="    seconds = np.zeros((repeats + 1, 2))\n    for turn in range(repeats + 1):",
)


@wrong("time_ratio", "one timing each will do", "you made 2")
def time_once(baseline, candidate, repeats=20, clock=time.perf_counter):
    start = clock()
    baseline()
    middle = clock()
    candidate()
    end = clock()
    ratio = (middle - start) / (end - middle)
    return {
        "ratio": ratio,
        "baseline_s": middle - start,
        "candidate_s": end - middle,
        "spread": (ratio, ratio),
    }


@right("time_ratio")
def time_with_lists_and_three_warm_ups(baseline, candidate, repeats=20, clock=time.perf_counter):
    import statistics

    def once(run):
        start = clock()
        run()
        return clock() - start

    for _ in range(3):
        baseline(), candidate()
    pairs = [(once(baseline), once(candidate)) for _ in range(repeats)]
    b, c = (statistics.median(times) for times in zip(*pairs, strict=True))
    low, high = np.quantile([x / y for x, y in pairs], [0.1, 0.9])
    return {"ratio": b / c, "baseline_s": b, "candidate_s": c, "spread": [low, high]}


@right("time_ratio")
def time_by_sorting_with_a_warning(baseline, candidate, repeats=20, clock=time.perf_counter):
    np.log(np.zeros(1))  # warns
    times = np.empty((2, repeats))
    baseline()
    candidate()
    for turn in range(repeats):
        for row, run in enumerate([baseline, candidate]):
            begin = clock()
            run()
            times[row, turn] = clock() - begin
    middle = (np.sort(times)[:, (repeats - 1) // 2] + np.sort(times)[:, repeats // 2]) / 2
    ratios = times[0] / times[1]
    return {
        "spread": (np.percentile(ratios, 10), np.percentile(ratios, 90)),
        "candidate_s": middle[1],
        "baseline_s": middle[0],
        "ratio": middle[0] / middle[1],
    }


slip(
    "time_ratio",
    "time_spread_of_percentiles",
    "the spread is a ratio of percentiles",
    says="the times' percentiles, divided",
    old="np.percentile(seconds[:, 0] / seconds[:, 1], [10, 90])",
    new="np.percentile(seconds[:, 0], [10, 90]) / np.percentile(seconds[:, 1], [10, 90])",
)
slip(
    "time_ratio",
    "time_spread_of_sorted_times",
    "the turns may be sorted first",
    says="The times are sorted",
    old="np.percentile(seconds[:, 0] / seconds[:, 1], [10, 90])",
    new="np.percentile(np.sort(seconds[:, 0]) / np.sort(seconds[:, 1]), [10, 90])",
)
slip(
    "time_ratio",
    "time_by_another_clock",
    "any clock will do",
    says=r"Read the time by clock\(\)",
    old="    baseline()\n    candidate()\n",
    new="    clock = time.perf_counter\n    baseline()\n    candidate()\n",
)
slip(
    "time_ratio",
    "time_returns_nothing",
    "the result is computed and not returned",
    says="is its `return` missing",
    old="return {",
    new="found = {",
)
slip(
    "time_ratio",
    "time_spread_backwards",
    "the spread is high, then low",
    says="The low one comes first",
    old="(float(low), float(high))",
    new="(float(high), float(low))",
)
