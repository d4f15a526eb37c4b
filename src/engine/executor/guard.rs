//! Exactly one report for each attempt that a thread runs, whatever happens.

/// Reports how an attempt ended when dropped: what [`FinishGuard::ended`] was told, or that nothing was.
pub(super) struct FinishGuard<T, F: FnMut(Option<T>)> {
    ended: Option<T>,
    report: F,
}

impl<T, F: FnMut(Option<T>)> FinishGuard<T, F> {
    /// `report` is called once. `None` means that the attempt ended without saying how.
    pub(super) fn new(report: F) -> FinishGuard<T, F> {
        FinishGuard { ended: None, report }
    }

    /// The attempt ended so.
    pub(super) fn ended(mut self, how: T) {
        self.ended = Some(how);
    }
}

impl<T, F: FnMut(Option<T>)> Drop for FinishGuard<T, F> {
    fn drop(&mut self) {
        (self.report)(self.ended.take());
    }
}
