//! The hot paths, to be counted in instructions by `scripts/counts`: `counts NAME` goes one of them, and callgrind counts what
//! is inside [`counted`]. The input is the same each time, what is counted runs on one thread, and so the figure is nearly the same too.

mod paths;
mod rows;

/// What is counted. Its name is what callgrind looks for.
#[inline(never)]
fn counted<T>(work: &mut dyn FnMut() -> T) -> T {
    std::hint::black_box(work())
}

#[expect(clippy::print_stdout, reason = "the names are what it answers without one")]
fn main() {
    let name = std::env::args().skip(1).find(|argument| !argument.starts_with('-')).unwrap_or_default();
    let Some((_, _, go)) = paths::PATHS.iter().find(|(known, ..)| *known == name) else {
        for (name, per, _) in paths::PATHS {
            println!("{name} {per}");
        }
        return;
    };
    go();
}
