//! What several targets hold their results to.

use millrace::model::{JobSpec, Source, filename};
use std::path::Component;

/// Fails for a job that would fetch something else than a link of the web, or write outside of its folder.
pub fn are_safe(jobs: &[JobSpec]) {
    for job in jobs {
        assert!(job.subfolder().components().all(|part| matches!(part, Component::Normal(_))), "{job:?}");
        if let Source::Link { url, details } = job.source() {
            assert!(url.starts_with("http://") || url.starts_with("https://"), "{url:?}");
            assert!(details.name.as_ref().is_none_or(|name| filename::sanitized(name) == *name), "{job:?}");
        }
    }
}
