"""What is counted and how it is shown."""

from portway.adapters.admin.metrics import MAX_LABEL_VALUES, Metrics

CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster"


def lines(metrics: Metrics) -> list[str]:
    return metrics.exposition().decode().splitlines()


def test_a_turn() -> None:
    metrics = Metrics()
    metrics.turn(0.004, {"routes": 2}, {"HTTPRoute": 3})
    metrics.turn(0.2, {"routes": 1}, {})
    shown = lines(metrics)
    assert "portway_turns_total 2.0" in shown
    assert 'portway_events_total{kind="HTTPRoute"} 3.0' in shown
    assert 'portway_changed_keys_total{collection="routes"} 3.0' in shown
    assert 'portway_settle_seconds_bucket{le="0.005"} 1.0' in shown
    assert "portway_settle_seconds_count 2.0" in shown


def test_what_goes_to_proxies_by_type() -> None:
    metrics = Metrics()
    metrics.push(CLUSTER, 5, 1200)
    metrics.ack(CLUSTER)
    metrics.nack(CLUSTER)
    shown = lines(metrics)
    for name, value in (
        ("pushes", 1),
        ("resources", 5),
        ("bytes", 1200),
        ("acks", 1),
        ("nacks", 1),
    ):
        assert f'portway_xds_{name}_total{{type="Cluster"}} {value}.0' in shown


def test_objects_that_went_count_zero() -> None:
    metrics = Metrics()
    metrics.objects({"Gateway": 1, "HTTPRoute": 4})
    metrics.objects({"HTTPRoute": 3})
    shown = lines(metrics)
    assert 'portway_objects{kind="Gateway"} 0.0' in shown
    assert 'portway_objects{kind="HTTPRoute"} 3.0' in shown


def test_the_rest() -> None:
    metrics = Metrics()
    metrics.status_write()
    metrics.status_write("failed", 2)
    metrics.envoy_restart()
    metrics.transform_failure("routes")
    shown = lines(metrics)
    assert 'portway_status_writes_total{result="written"} 1.0' in shown
    assert 'portway_status_writes_total{result="failed"} 2.0' in shown
    assert "portway_envoy_restarts_total 1.0" in shown
    assert 'portway_transform_failures_total{transformation="routes"} 1.0' in shown


def test_labels_are_bounded() -> None:
    metrics = Metrics()
    for number in range(MAX_LABEL_VALUES + 10):
        metrics.turn(0.001, {}, {f"Kind{number}": 1})
    shown = [line for line in lines(metrics) if line.startswith("portway_events_total{")]
    assert len(shown) == MAX_LABEL_VALUES + 1
    assert 'portway_events_total{kind="other"} 10.0' in shown


def test_registries_are_apart() -> None:
    first, second = Metrics(), Metrics()
    first.envoy_restart()
    assert "portway_envoy_restarts_total 0.0" in lines(second)
