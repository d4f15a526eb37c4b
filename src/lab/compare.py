"""The Lab's examples as Python has them, with concurrent.futures, as its documentation and tutorials do. What to run comes
as JSON on standard input, what was measured goes as JSON to standard output."""

import json
import math
import multiprocessing
import os
import signal
import re
import resource
import sys
import threading
import time
import urllib.request
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor, as_completed

counter = 0
lock = threading.Lock()

# Processor time of tasks in other processes, in seconds. What the system counts for children is not there before they end,
# and never where a server started them.
elsewhere = 0.0


def ready(_):
    time.sleep(0.01)


def nap(seconds):
    time.sleep(seconds)
    return seconds


def squares(numbers):
    return [n * n for n in numbers]


def is_prime(n):
    if n < 2:
        return False
    if n == 2:
        return True
    if n % 2 == 0:
        return False
    for i in range(3, int(math.isqrt(n)) + 1, 2):
        if n % i == 0:
            return False
    return True


def primes(numbers):
    return [is_prime(n) for n in numbers]


def heavy(loops):
    total = 0
    for i in range(loops):
        total += i * i
    return total


def printing(job):
    author, lines, paper = job
    out = os.open(paper, os.O_WRONLY | os.O_APPEND)
    for number in range(1, lines + 1):
        os.write(out, f"{author} {number}\n".encode())
    os.close(out)


def fetch(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            body = answer.read()
        title = re.search(rb"<title>(.*?)</title>", body, re.S)
        return {"url": url, "bytes": len(body), "title": title and title.group(1).decode().strip(), "error": None}
    except Exception as error:
        return {"url": url, "bytes": 0, "title": None, "error": str(error)}


def download(job):
    url, folder = job
    with urllib.request.urlopen(url, timeout=10) as answer:
        body = answer.read()
    with open(os.path.join(folder, url.rsplit("/", 1)[1]), "wb") as out:
        out.write(body)


def count(job):
    global counter
    times, kind = job
    if kind == "mutex":
        for _ in range(times):
            with lock:
                counter += 1
    else:
        for number in range(times):
            read = counter
            if number % 16384 == 8192:
                time.sleep(0)
            read += 1
            counter = read
    return os.getpid(), counter


def work(order):
    """The function, and what it is called with."""
    kind = order["workload"]
    if kind == "sleep":
        return nap, order["seconds"]
    if kind in ("squares", "primes"):
        numbers, chunk = order["numbers"], order["chunk"]
        chunks = [numbers[i : i + chunk] for i in range(0, len(numbers), chunk)]
        return (squares if kind == "squares" else primes), chunks
    if kind == "heavy":
        return heavy, [order["loops"]] * order["tasks"]
    if kind == "print":
        return printing, [(author, order["lines"], order["paper"]) for author in order["authors"]]
    if kind == "fetch":
        return fetch, order["urls"]
    if kind == "download":
        return download, [(url, order["folder"]) for url in order["urls"]]
    if kind == "counter":
        return count, [(order["times"], order["lock"])] * order["tasks"]
    raise SystemExit(f"no workload {kind}")


def timed(job):
    function, call = job
    began, used = time.perf_counter(), time.process_time()
    result = function(call)
    return result, time.process_time() - used, time.perf_counter() - began


def processor():
    times = os.times()
    return times.user + times.system + elsewhere


def end_with_the_lab():
    """Waits for the end of standard input, and ends this program and the workers of its pool."""
    while os.read(0, 1):
        pass
    os.killpg(os.getpgrp(), signal.SIGKILL)


def calibrate(seconds):
    """How many rounds of heavy() take so long."""
    loops, quickest = 100_000, math.inf
    for _ in range(5):
        began = time.perf_counter()
        heavy(loops)
        quickest = min(quickest, time.perf_counter() - began)
    return max(1, int(loops * seconds / quickest))


def peak_bytes():
    """The most memory of this program. What Linux counts for a process goes on from whoever started it, so the program
    itself is asked there."""
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def run(order):
    global elsewhere
    function, calls = work(order)
    mode, workers = order["mode"], order["workers"]
    done, results, longest = [], [], 0.0
    began = time.perf_counter()
    if mode == "serial":
        pool = None
    else:
        pool = (ThreadPoolExecutor if mode == "threads" else ProcessPoolExecutor)(max_workers=workers)
        list(pool.map(ready, range(workers)))
    started, used = time.perf_counter(), processor()
    if pool is None:
        for place, call in enumerate(calls):
            result, _, took = timed((function, call))
            longest = max(longest, took)
            results.append(result)
            done.append(place)
    else:
        futures = {pool.submit(timed, (function, call)): place for place, call in enumerate(calls)}
        by_place = dict()
        for future in as_completed(futures):
            done.append(futures[future])
            by_place[futures[future]], used_there, took = future.result()
            longest = max(longest, took)
            elsewhere += used_there if mode == "processes" else 0.0
        results = [by_place[place] for place in range(len(calls))]
    ended = time.perf_counter()
    if pool is not None:
        pool.shutdown()
    own = peak_bytes()
    unit = 1 if sys.platform == "darwin" else 1024
    child = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * unit if mode == "processes" else 0
    return {
        "wall_ms": (ended - started) * 1e3,
        "cpu_ms": (processor() - used) * 1e3,
        "startup_ms": (started - began) * 1e3,
        "longest_ms": longest * 1e3,
        "peak_rss_bytes": own + child * workers,
        "completed": done,
        "results": results,
        "counter": counter,
    }


if __name__ == "__main__":
    order = json.loads(sys.stdin.readline())
    threading.Thread(target=end_with_the_lab, daemon=True).start()
    answer = {"loops": calibrate(order["seconds"])} if order["workload"] == "calibrate" else run(order)
    answer["start_method"] = multiprocessing.get_start_method()
    answer["python_version"] = ".".join(str(part) for part in sys.version_info[:3])
    json.dump(answer, sys.stdout)
