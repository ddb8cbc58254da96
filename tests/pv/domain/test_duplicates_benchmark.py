"""The duplicate benchmark: a function of its seed, and the measured precision and recall."""

from tests.oracle import duplicate_benchmark as benchmark


def test_the_set_is_a_function_of_the_seed():
    one, truth = benchmark.benchmark_set(50, seed=3)
    same, same_truth = benchmark.benchmark_set(50, seed=3)
    assert (one, truth) == (same, same_truth)
    assert benchmark.benchmark_set(50, seed=4)[0] != one


def test_true_pairs_are_two_reports_of_one_case():
    reports, truth = benchmark.benchmark_set(200, seed=3)
    assert truth
    for first, second in truth:
        assert first < second
        assert reports[first]["product_code"] == reports[second]["product_code"]
        assert reports[first]["sex"] == reports[second]["sex"]


def test_precision_and_recall():
    found = benchmark.run(500, seed=20260101)
    assert found["probable"]["precision"] >= 0.9
    assert found["probable_or_suspect"]["recall"] >= 0.82
    assert found["candidate_recall"] >= found["probable_or_suspect"]["recall"]
