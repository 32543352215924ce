"""How long both bundles of the platform take: this tool, and Jinja2 with GNU tar and gzip, as whole processes and in turns.

What is measured of Python is what a template script does: it renders the Compose file, the template of the settings and the README of
each variant from the same contract, copies the configuration files, writes the checksums, and packs the folder the same way every
time. It merges no overlay and checks nothing, which this tool does besides; and this tool reads its files out of Git.

usage: bundles.py XTASK REPOSITORY [ROUNDS]
exit codes: 0 measured, 1 a program failed, 2 wrong usage
"""

import hashlib
import json
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

SETTINGS = """# Settings of {{ manifest.product }}.
{% for section in manifest.environment.sections %}

# ---- {{ section.title }} ----
{% for variable in manifest.environment.variables if variable.section == section.id %}

# {{ variable.description | replace("\\n", "\\n# ") }}
{% if variable.get("required") %}# Required.
{% endif %}{{ variable.name }}={{ variable.kind.value if variable.kind.type == "default" else "" }}
{% endfor %}
{% endfor %}
"""

README = """# {{ manifest.product }} {{ manifest.version }}

| variable | kind | required |
|---|---|---|
{% for variable in manifest.environment.variables %}
| `{{ variable.name }}` | {{ variable.kind.type }} | {{ "yes" if variable.get("required") else "" }} |
{% endfor %}

{% for service, image in manifest.images.items() %}
- {{ service }}: {{ image.reference }}
{% endfor %}
"""


def render_and_pack(folders, out):
    """What a template script does, in a process of its own: see the end of this file."""
    import jinja2

    environment = jinja2.Environment(undefined=jinja2.StrictUndefined, trim_blocks=True, keep_trailing_newline=True)
    for folder in map(pathlib.Path, folders):
        manifest = json.loads((folder / "bundle.json").read_text())
        target = pathlib.Path(out) / folder.name
        sums = []
        for path in sorted(folder.rglob("*")):
            if not path.is_file():
                continue
            name = path.relative_to(folder)
            content = path.read_bytes()
            if str(name) == "docker-compose.yml":
                text = content.decode().replace(f"v{manifest['version']}", "v{{ manifest.version }}")
                content = environment.from_string(text.replace("{#", "{ #")).render(manifest=manifest).encode()
            elif str(name) == ".env.template":
                content = environment.from_string(SETTINGS).render(manifest=manifest).encode()
            elif str(name) == "README.md":
                content = environment.from_string(README).render(manifest=manifest).encode()
            place = target / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
            sums.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
        (target / "SHA256SUMS").write_text("".join(sums))
        tar = ["tar", "--sort=name", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner", "--format=ustar", "-C", str(target), "-cf", "-", "."]
        with open(f"{target}.tar.gz", "wb") as archive:
            packing = subprocess.Popen(tar, stdout=subprocess.PIPE)
            subprocess.run(["gzip", "-6", "-n"], stdin=packing.stdout, stdout=archive, check=True)
            if packing.wait() != 0:
                raise SystemExit("tar failed")


def timed(command, **options):
    begun = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
    return (time.perf_counter() - begun) * 1000


def main(xtask, repository, rounds):
    with tempfile.TemporaryDirectory() as scratch:
        scratch = pathlib.Path(scratch)
        bundle = [xtask, "bundle", "--version", "v9.9.9", "--offline", "--out"]
        timed([*bundle, str(scratch / "once")], cwd=repository)
        folders = []
        for archive in sorted((scratch / "once").glob("*.tar.gz")):
            folder = scratch / archive.name.removesuffix(".tar.gz")
            folder.mkdir()
            subprocess.run(["tar", "-xz", "-f", str(archive), "-C", str(folder)], check=True)
            folders.append(str(folder))
        ours, theirs = [], []
        for number in range(rounds):
            ours.append(timed([*bundle, str(scratch / f"ours{number}")], cwd=repository))
            theirs.append(timed([sys.executable, __file__, "--render", str(scratch / f"theirs{number}"), *folders]))
    for name, times in (("xtask bundle", ours), ("Jinja2, tar, gzip", theirs)):
        print(f"| {name} | {statistics.median(times):.0f} ms | {min(times):.0f} ms | {max(times):.0f} ms |")
    print(f"ratio of the medians: {statistics.median(theirs) / statistics.median(ours):.1f}")


if __name__ == "__main__":
    if len(sys.argv) > 3 and sys.argv[1] == "--render":
        render_and_pack(sys.argv[3:], sys.argv[2])
    elif len(sys.argv) in (3, 4):
        main(sys.argv[1], sys.argv[2], int(sys.argv[3]) if len(sys.argv) == 4 else 9)
    else:
        print(__doc__, file=sys.stderr)
        raise SystemExit(2)
