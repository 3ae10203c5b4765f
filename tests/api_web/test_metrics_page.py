"""What the web process says of itself at /metrics."""

from fastapi.testclient import TestClient
from prometheus_client import REGISTRY
from prometheus_client.parser import text_string_to_metric_families

from shared import metrics


def test_the_page_measures_the_disk_and_both_redis_servers_at_each_scrape(anyone: TestClient) -> None:
    said = {
        (sample.name, sample.labels.get("redis")): sample.value
        for family in text_string_to_metric_families(anyone.get("/metrics").text)
        for sample in family.samples
    }
    assert 0 < said["nero_disk_free_ratio", None] <= 1
    assert said["nero_broker_up", "events"] == said["nero_broker_up", "frames"] == 1


def test_every_metric_of_requests_is_named_with_its_meaning(anyone: TestClient) -> None:
    anyone.get("/api/v1/me")
    families = [family for family in REGISTRY.collect() if family.name.startswith("http_")]
    named = {f"{family.name}_total" if family.type == "counter" else family.name for family in families}
    assert named == metrics.WEB_REQUESTS.keys()
