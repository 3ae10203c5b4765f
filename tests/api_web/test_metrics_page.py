"""What the web process says of itself at /metrics."""

from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families


def test_the_page_measures_the_disk_and_both_redis_servers_at_each_scrape(anyone: TestClient) -> None:
    said = {
        (sample.name, sample.labels.get("redis")): sample.value
        for family in text_string_to_metric_families(anyone.get("/metrics").text)
        for sample in family.samples
    }
    assert 0 < said["nero_disk_free_ratio", None] <= 1
    assert said["nero_broker_up", "events"] == said["nero_broker_up", "frames"] == 1
