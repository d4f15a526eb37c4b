//! Tells the desktop that a batch has ended. A desktop that cannot be told is no fault: the window shows it too.

use notify_rust::Notification;
use std::thread;

/// Tells it on a thread of its own, for whoever shows notifications may be slow to answer.
pub(crate) fn notify(summary: &'static str, body: String) {
    let told = thread::Builder::new().name("notify".to_owned()).spawn(move || {
        Notification::new().appname("Millrace").icon("millrace").summary(summary).body(&body).show().ok();
    });
    // Without a thread there is no notification.
    drop(told);
}
