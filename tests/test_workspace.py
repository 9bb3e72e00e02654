"""The rules about the rules: what the other checks rely on is itself checked here."""

import ast
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[1]
MEMBERS = sorted(path.parent for path in ROOT.glob("*/*/pyproject.toml"))
SERVICES = [member for member in MEMBERS if member.parent.name == "services"]
LIMIT = 400

member = pytest.mark.parametrize("member", MEMBERS, ids=lambda path: path.name)
service = pytest.mark.parametrize("service", SERVICES, ids=lambda path: path.name)


def load(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())


def module_of(path: Path) -> str:
    name: str = load(path / "pyproject.toml")["tool"]["uv"]["build-backend"]["module-name"]
    return name


def distribution_of(path: Path) -> str:
    name: str = load(path / "pyproject.toml")["project"]["name"]
    return name


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def sources() -> list[Path]:
    return [path for path in tracked("*.py") if "/src/" in path.as_posix()]


def in_source(*forbidden: str) -> Iterator[str]:
    """Yield `file:line` of each source line that matches one of the patterns."""
    pattern = re.compile("|".join(forbidden))
    for path in sources():
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if pattern.search(line):
                yield f"{path.relative_to(ROOT)}:{number}"


ROOT_CONFIG = load(ROOT / "pyproject.toml")


def contract(name: str) -> dict[str, Any]:
    contracts: list[dict[str, Any]] = ROOT_CONFIG["tool"]["importlinter"]["contracts"]
    return next(entry for entry in contracts if entry["id"] == name)


@member
def test_a_member_carries_what_a_stranger_needs(member: Path) -> None:
    module = member / "src" / module_of(member)

    assert (member / "README.md").read_text().count("\n") > 5, "write what it is for and how to use"
    assert (module / "py.typed").exists()
    assert list((member / "tests").glob("test_*.py")), "a member without tests is not finished"


@member
def test_a_member_is_installed_by_the_root(member: Path) -> None:
    name = distribution_of(member)

    assert name in ROOT_CONFIG["project"]["dependencies"]
    assert ROOT_CONFIG["tool"]["uv"]["sources"][name] == {"workspace": True}


@member
def test_a_member_is_under_the_import_rules(member: Path) -> None:
    module = module_of(member)
    layers = re.split(r"\W+", " ".join(contract("workspace")["layers"]))

    assert module in ROOT_CONFIG["tool"]["importlinter"]["root_packages"]
    assert module in layers
    assert module == "shared_utils" or module in contract("one-bus")["source_modules"]


@member
def test_a_member_is_seen_by_mypy(member: Path) -> None:
    path = f"$MYPY_CONFIG_FILE_DIR/{member.relative_to(ROOT)}/src"

    assert path in ROOT_CONFIG["tool"]["mypy"]["mypy_path"]


@service
def test_a_service_has_the_inner_shape(service: Path) -> None:
    module = service / "src" / module_of(service)
    stems = {path.stem for path in module.iterdir()}

    assert module_of(service) == f"{service.name}_service"
    assert {"__main__", "app", "routes", "repository", "settings", "errors"} <= stems
    assert (service / "requests.http").exists()
    assert module.name in contract("inner-shape")["containers"]


def test_no_file_outgrows_a_sitting() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked("*.py")
        if (lines := len(path.read_text().splitlines())) > LIMIT
    }

    assert not long, "make it a folder of the same name, one noun per file"


def test_every_module_says_what_it_is_for() -> None:
    mute = [
        str(path.relative_to(ROOT))
        for path in sources()
        if path.read_text().strip() and ast.get_docstring(ast.parse(path.read_text())) is None
    ]

    assert not mute, "open the module with one line of purpose"


def test_only_shared_utils_commits() -> None:
    commits = in_source(r"\.(commit|rollback)\(\)")
    elsewhere = [where for where in commits if "shared_utils" not in where]

    allowed = {
        "packages/shared_schema",
        "packages/waymark",
    }  # migrations and the command own theirs
    assert not [w for w in elsewhere if not w.startswith(tuple(allowed))], (
        "return from the route or handler: the request or batch commits"
    )


def test_only_the_bus_module_imports_nats() -> None:
    importers = {
        where.rsplit(":", 1)[0] for where in in_source(r"^\s*(from|import) nats\b(?!_server)")
    }

    allowed = ("packages/shared_utils/src/shared_utils/bus",)
    assert all(importer.startswith(allowed) for importer in importers), "publish through Work"


def test_a_check_is_switched_off_only_by_name() -> None:
    blanket = list(in_source(r"# noqa\s*$", r"# type: ignore\s*$"))

    assert not blanket, "name the rule and why"


def test_nothing_committed_names_a_machine_or_a_registry() -> None:
    registry = re.compile("https?://[^ ]*(" + "pypi" + r"\.org|npm" + r"js)|/wo" + "rk/")
    texts = [p for p in tracked() if p.suffix in {".py", ".md", ".toml", ".yml", ".yaml", ".json"}]
    named = [str(p.relative_to(ROOT)) for p in texts if registry.search(p.read_text())]

    assert not named
    assert not tracked("uv.lock"), "uv.lock names registry hosts: `make pins` writes the versions"


def test_every_dependency_is_pinned() -> None:
    pinned = {pin.split("==")[0] for pin in ROOT_CONFIG["tool"]["uv"]["constraint-dependencies"]}
    own = {distribution_of(path) for path in MEMBERS}
    wanted = {
        re.split(r"[\[<>=! ]", line)[0].lower().replace("_", "-")
        for path in MEMBERS
        for line in load(path / "pyproject.toml")["project"]["dependencies"]
    }

    assert wanted - own <= pinned, "run `make pins`"


def settings_variables() -> set[str]:
    """Return each WAYMARK_* variable that a settings class declares or the sources read."""
    declared = set()
    for path in sources():
        if path.stem == "settings":
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.ClassDef) and "Settings" in node.name:
                    declared |= set(annotated_fields(node))
    read = {
        name
        for path in sources()
        for name in re.findall(r'"(WAYMARK_[A-Z0-9_]*[A-Z0-9])"', path.read_text())
    }
    return declared | read


def annotated_fields(node: ast.ClassDef) -> Iterator[str]:
    for statement in node.body:
        match statement:
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation):
                if "ClassVar" not in ast.unparse(annotation):
                    yield f"WAYMARK_{name.upper()}"


def test_every_variable_is_documented() -> None:
    example = (ROOT / ".env.example").read_text()
    documented = set(re.findall(r"^#? ?(WAYMARK_[A-Z0-9_]+)=", example, re.MULTILINE))

    assert settings_variables() == documented, ".env.example lists every variable and no other"
