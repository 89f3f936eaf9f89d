"""CPU time of a call: bare aiohttp, our client and the published clients, against one loopback server.

    python bench/client_overhead.py [--calls 2000] [--rounds 3]

Each client runs in a process of its own, by turns, and its best round counts. The published clients live in
an environment of their own under .cache/, made on the first run; where that fails they are left out.
Ends with status 1 when a budget is missed.
"""

import argparse
import json
import subprocess
import sys
import venv
from pathlib import Path

CLIENTS = Path(__file__).parent / "clients"
PEERS = {
    "python-facebook-api": "python_facebook_api.py",
    "facebook-business": "facebook_business_sdk.py",
}
PEER_HOME = Path(__file__).parent.parent / ".cache" / "bench-client-peers"
MOST_OF_BARE = 1.3
MOST_OF_PEER = 0.5

Times = dict[str, float]  # microseconds by method


def peers_python() -> Path | None:
    """Give the Python that has the published clients; None when they cannot be installed."""
    python, ready = PEER_HOME / "bin" / "python", PEER_HOME / ".ready"
    if ready.exists():
        return python
    print("Installing the published clients ...", file=sys.stderr)
    venv.create(PEER_HOME, with_pip=True)
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *PEERS]
    if subprocess.run(pip, check=False).returncode != 0:
        return None
    ready.touch()
    return python


def measure(python: str | Path, script: str, port: int, calls: int) -> Times:
    command = [str(python), str(CLIENTS / script), str(port), str(calls)]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def best_of(rounds: list[Times]) -> Times:
    return {method: min(one[method] for one in rounds) for method in ("GET", "POST")}


def measure_all(peer: Path | None, port: int, calls: int, rounds: int) -> dict[str, Times]:
    scripts: dict[str, tuple[str | Path, str]] = {
        "bare aiohttp": (sys.executable, "bare_aiohttp.py"),
        "pressroom": (sys.executable, "ours.py"),
    }
    if peer is not None:
        scripts |= {name: (peer, script) for name, script in PEERS.items()}
    measured: dict[str, list[Times]] = {name: [] for name in scripts}
    for _ in range(rounds):
        for name, (python, script) in scripts.items():
            measured[name].append(measure(python, script, port, calls))
    return {name: best_of(results) for name, results in measured.items()}


def is_kept(ours: Times, name: str, theirs: Times, most: float) -> bool:
    """Print one budget and tell whether it holds."""
    ratios = {method: ours[method] / theirs[method] for method in ours}
    holds = max(ratios.values()) <= most
    text = ", ".join(f"{method} {ratio:.2f}" for method, ratio in ratios.items())
    print(f"pressroom / {name}: {text} (budget {most}): {'kept' if holds else 'MISSED'}")
    return holds


def compare(port: int, calls: int, rounds: int) -> bool:
    """Measure all clients, print the table and the verdicts, and tell whether the budgets hold."""
    peer = peers_python()
    best = measure_all(peer, port, calls, rounds)
    print(f"{'CPU per call':<24}{'GET':>10}{'POST':>10}")
    for name, times in best.items():
        print(f"{name:<24}{times['GET']:>7.0f} us{times['POST']:>7.0f} us")
    holds = is_kept(best["pressroom"], "bare aiohttp", best["bare aiohttp"], MOST_OF_BARE)
    if peer is None:
        print(f"{' and '.join(PEERS)} are left out: they could not be installed.")
        return holds
    fastest = best_of([best[name] for name in PEERS])
    return is_kept(best["pressroom"], "best published client", fastest, MOST_OF_PEER) and holds


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--calls", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    command = [sys.executable, str(CLIENTS / "server.py")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            port = int(server.stdout.readline())
            return 0 if compare(port, options.calls, options.rounds) else 1
        finally:
            server.terminate()


if __name__ == "__main__":
    sys.exit(main())
