"""The Dockerfile and the compose file, read as a machine reads them: nobody here can build an image in a test."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if "build" in service}
IMAGES = {"capture", "liveness", "recognizer", "api"}


def instructions() -> list[tuple[str, str]]:
    """Return the Dockerfile's instructions with what stands after them, continued lines joined."""
    code = "\n".join(line for line in DOCKERFILE.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    lines = code.replace("\\\n", " ").splitlines()
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def final_stage() -> list[tuple[str, str]]:
    every = instructions()
    return every[max(number for number, (word, _) in enumerate(every) if word == "FROM") :]


def of(word: str, stage: list[tuple[str, str]]) -> list[str]:
    return [rest for name, rest in stage if name == word]


def test_the_image_that_runs_has_no_build_tools_of_the_first_stage() -> None:
    assert len(of("FROM", instructions())) == 2
    assert of("COPY", final_stage()) == ["--from=build /opt/nero /opt/nero"]


def test_every_image_runs_as_nobody_special() -> None:
    (user,) = of("USER", final_stage())
    assert user == "nero"
    made = int(re.findall(r"useradd [^&]*--uid (\d+)", DOCKERFILE)[0])
    secrets = (ROOT / "deploy" / "make_secrets.py").read_text()
    assert f"_OWNER = {made}\n" in secrets, "make_secrets.py tells the operator whom the key rings must belong to"
    words = [word for word, _ in final_stage()]
    assert words.index("USER") < words.index("ENTRYPOINT")


def test_every_image_says_whether_it_is_alive() -> None:
    (check,) = of("HEALTHCHECK", final_stage())
    assert "/health/live" in check
    (port,) = re.findall(r"NERO_METRICS_PORT=(\d+)", DOCKERFILE)
    assert f":{port}/" in check
    assert of("EXPOSE", final_stage()) == [port]


def test_only_locked_packages_are_installed_and_each_image_has_its_lock() -> None:
    installs = [run for run in of("RUN", instructions()) if "pip install" in run]
    assert len(installs) == 2
    assert "--require-hashes" in installs[0]
    assert all("--no-deps" in run for run in installs)
    assert all((ROOT / "locks" / f"{service}.txt").is_file() for service in IMAGES)


def test_what_is_copied_is_there_and_let_through() -> None:
    """A path that .dockerignore keeps out would fail the build on the host."""
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    let_through = {line[1:] for line in ignored if line.startswith("!")}
    sources = [source for rest in of("COPY", instructions()) if "--from" not in rest for source in rest.split()[:-1]]
    assert sources
    for source in sources:
        path = source.replace("${SERVICE}", "api")
        assert (ROOT / path).exists(), path
        assert path.split("/")[0] in let_through, path


@pytest.mark.parametrize("secret", ["var", ".git", ".env", "tests", "services/launcher"])
def test_no_secret_and_no_dead_weight_gets_into_an_image(secret: str) -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in ignored
    assert f"!{secret}" not in ignored
    assert "services/launcher" in ignored


def bases() -> list[str]:
    args = dict(rest.split("=") for rest in of("ARG", instructions()) if "=" in rest)
    named = [re.sub(r"\$\{(\w+)\}", lambda m: args[m[1]], rest.split(" ")[0]) for rest in of("FROM", instructions())]
    return named + [service["image"] for service in SERVICES.values() if "image" in service]


@pytest.mark.parametrize("image", bases())
def test_no_image_is_whatever_is_newest_today(image: str) -> None:
    _, colon, tag = image.rpartition(":")
    assert colon, image
    assert re.search(r"\d+\.\d+|^\d+-", tag), image


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_every_container_has_a_health_check(name: str) -> None:
    """Ours have the image's, but where a process says how it is on another port."""
    assert "healthcheck" in SERVICES[name] or name in OURS


@pytest.mark.parametrize("name", sorted(OURS))
def test_each_of_our_containers_is_one_image_and_one_user_of_redis(name: str) -> None:
    service = OURS[name]
    assert service["build"]["dockerfile"] == "deploy/Dockerfile"
    assert service["build"]["args"]["SERVICE"] in IMAGES
    url = service["environment"]["NERO_REDIS_URL"]
    user = re.findall(r"^redis://(\w+):\$\{(\w+)_PASSWORD", url)[0]
    assert user == (name, name.upper())
    assert re.search(rf"^user {name} ", (ROOT / "deploy" / "redis" / "events.acl").read_text(), re.MULTILINE)
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("name", sorted(OURS))
def test_the_frames_redis_is_reached_by_who_has_a_user_there(name: str) -> None:
    users = re.findall(r"^user (\w+) ", (ROOT / "deploy" / "redis" / "frames.acl").read_text(), re.MULTILINE)
    assert ("NERO_FRAMES_REDIS_URL" in OURS[name]["environment"]) == (name in users)


def test_only_recognizer_and_enrolment_hold_the_template_keys() -> None:
    holders = {name for name, service in OURS.items() if any("both-rings" in v for v in service.get("volumes", ()))}
    assert holders == {"recognizer", "enrolment"}


def test_nothing_but_the_proxy_can_be_reached_from_outside() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    outside = {name for name, ports in published.items() if not all(p.startswith("127.0.0.1:") for p in ports)}
    assert outside == {"proxy"}


def test_every_volume_that_is_used_is_declared() -> None:
    used = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())}
    assert {name for name in used if not name.startswith(".")} == set(COMPOSE["volumes"])


def test_every_file_that_is_mounted_is_there_or_made_by_the_secrets_script() -> None:
    mounted = {volume.split(":")[0] for service in SERVICES.values() for volume in service.get("volumes", ())}
    files = {name for name in mounted if name.startswith("./")}
    made = {name for name in files if name.startswith("./var/deploy/")}
    assert all((ROOT / name).exists() for name in files - made)


def test_commands_in_the_operations_page_are_what_the_images_take() -> None:
    """The image's entry point is `python -m SERVICE`: what follows is that service's own argument."""
    page = (ROOT / "docs" / "operations.md").read_text()
    assert set(re.findall(r"nero\.env run --rm (\w+) (.*)", page)) == {("web", "first-admin"), ("recognizer", "models")}
    assert '["sh", "-c", "exec python -m ${SERVICE_MODULE} \\"$@\\"", "--"]' in DOCKERFILE


def test_how_the_machine_is_can_not_be_read_from_outside() -> None:
    """The web process serves health and metrics on its public port; the proxy keeps them in."""
    proxy = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text()
    (kept_in,) = re.findall(r"@inside path (.*)\n\thandle @inside {\n\t\trespond 404\n", proxy)
    assert set(kept_in.split()) >= {"/metrics", "/health", "/health/*"}
    assert proxy.index("handle @inside") < proxy.index("reverse_proxy")


def test_a_process_whose_redis_is_away_counts_as_alive() -> None:
    assert "/health/live" in SERVICES["web"]["healthcheck"]["test"][-1]
