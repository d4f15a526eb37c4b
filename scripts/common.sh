# shellcheck shell=bash
# What the scripts share. Sourced, not run: it changes to the root of the clone and finds cargo.

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 1
# Strips the variables that git sets inside a hook, so that a build there reads this clone.
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE

# A shell that is no login shell (cron, a container, sudo) often lacks the folder that rustup installs to.
if ! command -v cargo >/dev/null 2>&1 && [ -x "${CARGO_HOME:-${HOME:-/root}/.cargo}/bin/cargo" ]; then
    PATH="${CARGO_HOME:-${HOME:-/root}/.cargo}/bin:$PATH"
    export PATH
fi

say() {
    printf '%s\n' "$*" >&2
}

die() {
    say "$@"
    exit 1
}

# The absolute path of the target folder, wherever CARGO_TARGET_DIR or a cargo configuration puts it.
target_dir() {
    cargo metadata --format-version 1 --no-deps --locked | sed -n 's/.*"target_directory":"\([^"]*\)".*/\1/p'
}

# Whether a window can open: an X or a Wayland server is named.
has_display() {
    [ -n "${DISPLAY:-}" ] || [ -n "${WAYLAND_DISPLAY:-}" ]
}

# Runs a command with a virtual X screen of its own, drawn by the processor. Its output goes to stderr.
on_virtual_screen() {
    local size=$1
    shift
    LIBGL_ALWAYS_SOFTWARE=1 xvfb-run --auto-servernum --server-args "-screen 0 ${size}x24 -nolisten tcp" \
        env -u WAYLAND_DISPLAY "$@" </dev/null >&2
}

# Runs a step under its name and says how long it took.
step() {
    local name=$1 started=$SECONDS status=0
    shift
    say "== $name"
    "$@" || status=$?
    if [ "$status" -ne 0 ]; then
        say "== $name: failed with exit status $status after $((SECONDS - started)) s"
        return "$status"
    fi
    say "== $name: $((SECONDS - started)) s"
}
