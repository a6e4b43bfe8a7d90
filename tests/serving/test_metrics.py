"""The text that Prometheus reads."""

from effnetv2_keras.serving.metrics import Counter, Histogram, Metrics


def test_a_counter_has_a_line_for_each_set_of_labels():
    counter = Counter("requests", ["model", "status"])
    counter.add(1, "b", "OK")
    counter.add(2, 'a"\\\n', "OK")
    counter.add(1, "b", "OK")
    assert counter.lines() == ['requests{model="a\\"\\\\\\n",status="OK"} 2', 'requests{model="b",status="OK"} 2']


def test_a_histogram_counts_what_is_at_most_as_large_as_each_bound():
    histogram = Histogram("seconds", ["model"], [1, 10])
    for value in (0.5, 1, 2, 100):
        histogram.observe(value, "m")
    assert histogram.lines() == [
        'seconds_bucket{model="m",le="1"} 2',
        'seconds_bucket{model="m",le="10"} 3',
        'seconds_bucket{model="m",le="+Inf"} 4',
        'seconds_sum{model="m"} 103.5',
        'seconds_count{model="m"} 4',
    ]


def test_every_metric_says_its_type():
    types = [line for line in Metrics().text().splitlines() if line.startswith("# TYPE")]
    assert "# TYPE :tensorflow:serving:request_count counter" in types
    assert "# TYPE :tensorflow:serving:request_latency histogram" in types
    assert "# TYPE effnetv2_serving_requests_in_flight gauge" in types
